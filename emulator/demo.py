"""The demo page, and the official JavaScript client where npm installed it."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_ROOT = Path(__file__).resolve().parent.parent
_DEMO = _ROOT / "demo"
_OFFICIAL_CLIENT = _ROOT / "node_modules" / "@microsoft" / "signalr" / "dist" / "browser" / "signalr.min.js"


def routes() -> list[web.AbstractRouteDef]:
    """`/` and `/demo/…`; nothing where the emulator stands without the demo's folder."""
    if not _DEMO.is_dir():
        return []
    return [
        web.get("/", _page),
        web.get("/demo/signalr.min.js", _official_client),
        web.static("/demo", _DEMO),
    ]


async def _page(_: web.Request) -> web.StreamResponse:
    return _file(_DEMO / "index.html")


async def _official_client(_: web.Request) -> web.StreamResponse:
    """404 without npm: the page then takes the same file from a CDN."""
    return _file(_OFFICIAL_CLIENT)


def _file(path: Path) -> web.StreamResponse:
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})
