"""What the demo page loads: the pinned official client, and nothing written into the page itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from tests.processes import ROOT

DEMO = ROOT / "demo"
LOADER = (DEMO / "connection.js").read_text(encoding="utf-8")
PACKAGE = "node_modules/@microsoft/signalr"


def test_the_cdn_address_names_the_version_that_npm_installs(official_client: None) -> None:
    version = json.loads((ROOT / PACKAGE / "package.json").read_text(encoding="utf-8"))["version"]
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]["@microsoft/signalr"]
    named = re.findall(r"https://\S+/@microsoft/signalr@([^/]+)/dist/browser/signalr\.min\.js", LOADER)
    assert named == [version] == [wanted]


def test_the_integrity_hash_is_that_of_the_installed_file(official_client: None) -> None:
    content = (ROOT / PACKAGE / "dist" / "browser" / "signalr.min.js").read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    assert f'"sha384-{digest}"' in LOADER


def test_the_page_obeys_a_strict_content_security_policy() -> None:
    page = (DEMO / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", page)
    scripts = "".join(path.read_text(encoding="utf-8") for path in DEMO.glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", scripts)


def test_nothing_is_loaded_from_elsewhere_but_the_client() -> None:
    files = [path for path in DEMO.iterdir() if path.suffix in (".html", ".css", ".js")]
    addresses = {
        address for path in files for address in re.findall(r"https://[^\s\"'`)]+", path.read_text(encoding="utf-8"))
    }
    assert {address.split("/")[2] for address in addresses} == {"cdn.jsdelivr.net"}
