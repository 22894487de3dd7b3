"""The demo page as the emulator serves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator import demo
from tests.emulator.wire import running_emulator


async def test_the_page_stands_at_the_root_and_its_files_below_demo() -> None:
    async with running_emulator() as emulator:
        page = await emulator.request("GET", "/")
        asset = await emulator.request("GET", "/demo/demo.css")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html"
    assert page.headers["Cache-Control"] == "no-cache"
    assert (asset.status, asset.headers["Content-Type"]) == (200, "text/css")


@pytest.mark.parametrize("path", ["/demo/", "/demo/nothing.js", "/demo/../pyproject.toml", "/demo/%2e%2e/dev.py"])
async def test_nothing_but_the_demos_files_is_served(path: str) -> None:
    async with running_emulator() as emulator:
        assert (await emulator.request("GET", path)).status in (403, 404)


async def test_the_official_client_is_served_where_npm_installed_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "signalr.min.js"
    monkeypatch.setattr(demo, "_OFFICIAL_CLIENT", installed)
    async with running_emulator() as emulator:
        assert (await emulator.request("GET", "/demo/signalr.min.js")).status == 404
        installed.write_text("// client")
        answer = await emulator.request("GET", "/demo/signalr.min.js")
    assert (answer.status, answer.body) == (200, b"// client")


def test_without_its_folder_there_is_no_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo, "_DEMO", tmp_path / "demo")
    assert demo.routes() == []
