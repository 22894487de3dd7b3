"""Secrets in logs: what the app and the emulator write holds no key, no token and nothing that opens a door."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.conftest import PUBLISHED_ACCESS_KEY, RunningEmulator
from tests.http_api.identity_provider import IdentityProvider, identity_provider
from tests.processes import ROOT
from tests.security.app import FUNCTION_KEY, run_app
from tests.security.scrubbing import leaks

__all__ = ["identity_provider"]

# A key that stands nowhere in the sources, so that finding it means that it was written out.
KEY = "Zm9yLXRoZS1sb2ctc2NydWJiaW5nLXRlc3Qtb25seSE="


def test_check_finds_what_it_looks_for() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
    assert leaks(f"Authorization: Bearer {token}; AccessKey={KEY}", KEY) == [token, KEY]
    assert leaks("Authorization: Bearer ****; AccessKey=****", KEY) == []


def test_running_app_writes_no_secret_whatever_goes_wrong(
    emulator: RunningEmulator, identity_provider: IdentityProvider
) -> None:
    providers = {"NEGOTIATE_AUTH": "bearer,development,anonymous", **identity_provider.settings}
    token, forged = identity_provider.token(), identity_provider.token(exp=1)
    key = {"x-functions-key": FUNCTION_KEY}
    secrets = [FUNCTION_KEY, PUBLISHED_ACCESS_KEY, token, forged]
    with run_app(emulator, **providers) as app:
        negotiated = requests.post(
            f"{app.address}/api/negotiate", headers={"Authorization": f"Bearer {token}"}, timeout=20
        )
        secrets.append(negotiated.json()["accessToken"])
        hub, message = f"{app.address}/api/hubs/chat", {"target": "t"}
        for url, headers in [
            (f"{app.address}/api/negotiate", {"Authorization": f"Bearer {forged}"}),
            (f"{app.address}/api/negotiate?access_token={token}", {}),
            (hub, key),
            (f"{hub}?code={FUNCTION_KEY}", {}),
            (hub, {"x-functions-key": "wrong"}),
            (f"{hub}/users/{'u' * 2000}", key),
        ]:
            requests.post(url, json=message, headers=headers, timeout=20)
        requests.delete(f"{hub}/connections/gone", headers=key, timeout=20)
        written = "".join(app.output)
    assert "Executed 'Functions.negotiate'" in written
    assert leaks(written, *secrets) == []
    assert leaks("".join(emulator.process.output)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        f"Endpoint=https://a.service.signalr.net AccessKey={KEY};Version=1.0",
        f"Endpoint=https://a.service.signalr.net;AccessKey={KEY};Version=2.0",
        f"Endpoint={KEY};AccessKey={KEY}",
        KEY,
        f"AccessKey={KEY};Endpoint=https://user:{KEY}@a.service.signalr.net",
    ],
)
def test_start_with_wrong_settings_names_them_and_repeats_no_value(wrong: str) -> None:
    environment = {**os.environ, "AzureSignalRConnectionString": wrong, "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}
    command = [sys.executable, "-m", "functions_host", "--port", "0"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "AzureSignalRConnectionString" in done.stderr
    assert leaks(done.stdout + done.stderr, KEY) == []


def run_suite(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run tests with the plugin that reads along, and every record of every log."""
    options = ["-q", "-p", "tests.security.scrubbing", "-p", "no:cacheprovider", "--log-level", "DEBUG"]
    command = [sys.executable, "-m", "pytest", "--rootdir", str(cwd), *options, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


def test_tests_of_the_app_write_no_token_into_any_log() -> None:
    done = run_suite(
        "tests/negotiate/test_self_join.py",
        "tests/http_api/test_errors.py",
        "tests/http_api/test_bearer.py",
        "-k",
        "not 429 and not 50",
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "No secret was written" in done.stdout


@pytest.mark.parametrize(
    "statement", ["print(TOKEN)", "logging.getLogger('signalr').info('sent with %s', TOKEN)", "sys.stderr.write(TOKEN)"]
)
def test_suite_that_writes_a_token_fails(statement: str, tmp_path: Path) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9." + "e30.c2lnbmF0dXJl"
    source = f"import logging, sys\nTOKEN = {token!r}\ndef test_that_leaks() -> None:\n    {statement}\n"
    (tmp_path / "test_leak.py").write_text(source, encoding="utf-8")
    done = run_suite(str(tmp_path), cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    assert "test_that_leaks wrote a token" in done.stdout
    assert token not in done.stdout


def test_secrets_have_no_repr() -> None:
    from shared.settings import Settings

    settings = Settings.from_environment({"AzureSignalRConnectionString": f"Endpoint=https://a.b;AccessKey={KEY};"})
    logging.getLogger(__name__).info("%r", settings)
    assert leaks(repr(settings) + str(settings) + json.dumps(str(settings)), KEY) == []
