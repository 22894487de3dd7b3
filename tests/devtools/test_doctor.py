"""The doctor: sound apps are found sound, and each ailment is found and named."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from devtools import doctor
from devtools.examinations import Finding, Patient, Severity, check_settings
from shared.settings import OWN_SETTINGS
from tests.conftest import RunningEmulator
from tests.processes import ROOT, ServerProcess

KEY = "function-key-for-the-doctor"
ORIGIN = "https://www.example.org"
DEVELOPMENT = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development", "NEGOTIATE_AUTH": "anonymous", "SIGNALR_HUBS": "chat"}
DEVELOPMENT["FUNCTIONS_HOST_KEY"] = KEY


def run_app(emulator: RunningEmulator, *options: str, **settings: str) -> ServerProcess:
    environment = {"AzureSignalRConnectionString": emulator.connection_string, **DEVELOPMENT, **settings}
    return ServerProcess("-m", "functions_host", "--port", "0", *options, env=environment)


def findings(patient: Patient) -> dict[str, list[Finding]]:
    by_check: dict[str, list[Finding]] = {}
    for finding in doctor.examine(patient):
        by_check.setdefault(finding.check, []).append(finding)
    return by_check


def worst(found: list[Finding]) -> Severity:
    return max(finding.severity for finding in found)


def test_sound_app_is_found_sound(emulator: RunningEmulator) -> None:
    with run_app(emulator, "--enable-auth", "--cors", ORIGIN, "--cors-credentials") as app:
        found = findings(Patient(app.address, "chat", origin=ORIGIN, key=KEY, local=False))
    assert set(found) == {"negotiate", "token", "clock", "service", "cors", "keys", "credential"}
    assert {check: worst(each) for check, each in found.items() if worst(each)} == {}
    assert "60 minutes" in found["token"][0].message


def test_open_door_of_a_deployed_app_is_an_error(emulator: RunningEmulator) -> None:
    with run_app(emulator) as app:
        found = findings(Patient(app.address, "chat", local=False))
    assert worst(found["keys"]) is Severity.ERROR
    assert "anybody can send" in found["keys"][0].message
    assert "DOCTOR_FUNCTION_KEY" in found["credential"][0].message


def test_missing_cors_and_a_wrong_key_are_errors(emulator: RunningEmulator) -> None:
    with run_app(emulator, "--enable-auth", "--cors", "https://other.example.org") as app:
        found = findings(Patient(app.address, "chat", origin=ORIGIN, key="wrong", local=False))
    assert f"Pages of {ORIGIN} may not call the app" in found["cors"][0].message
    assert "is wrong or missing" in found["credential"][0].message


def test_app_that_asks_for_an_identity_is_a_warning(emulator: RunningEmulator) -> None:
    with run_app(emulator, NEGOTIATE_AUTH="easyauth") as app:
        found = findings(Patient(app.address, "chat", local=False))
    assert worst(found["negotiate"]) is Severity.WARNING
    assert "DOCTOR_TOKEN" in found["negotiate"][0].message


def test_hub_that_the_app_does_not_have_is_an_error(emulator: RunningEmulator) -> None:
    with run_app(emulator) as app:
        found = findings(Patient(app.address, "admin", local=False))
    assert worst(found["negotiate"]) is Severity.ERROR
    assert "SIGNALR_HUBS" in found["negotiate"][0].message


def test_service_that_refuses_the_access_key_is_an_error(emulator: RunningEmulator) -> None:
    wrong = f"Endpoint={emulator.endpoint};AccessKey={'x' * 44};"
    with run_app(emulator, AzureSignalRConnectionString=wrong) as app:
        found = findings(Patient(app.address, "chat", local=True))
    assert worst(found["credential"]) is Severity.ERROR
    assert "Check the access key" in found["credential"][0].message
    assert worst(found["keys"]) is Severity.OK


def test_app_that_is_away_is_an_error_and_no_traceback() -> None:
    command = [sys.executable, "-m", "devtools.doctor", "--url", "http://127.0.0.1:1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "")
    listed = json.loads(done.stdout)["findings"]
    assert {"check", "severity", "message"} == set(listed[0])
    assert "error" in {finding["severity"] for finding in listed}


@pytest.mark.parametrize("url", ["chat.azurewebsites.net", "ftp://a", "https://"])
def test_address_that_is_none_is_refused(url: str) -> None:
    command = [sys.executable, "-m", "devtools.doctor", "--url", url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "is no address such as" in done.stderr


def token(**claims: Any) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.x"


SOUND = {"aud": "https://a/client/?hub=chat", "exp": time.time() + 600, "nameid": "ada"}


@pytest.fixture
def strange_app() -> Iterator[tuple[str, dict[str, Any]]]:
    """An app that answers negotiate with whatever a test wants."""
    answer: dict[str, Any] = {"token": token(**SOUND), "headers": {"Cache-Control": "no-store"}, "clock": 0, "cors": {}}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            host = f"http://127.0.0.1:{server.server_port}"
            body = json.dumps({"url": f"{host}/client/?hub=chat", "accessToken": answer["token"]}).encode()
            self.send_response(200)
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_OPTIONS(self) -> None:
            self.send_response(204)
            for name, value in answer["cors"].items():
                self.send_header(name, value)
            self.end_headers()

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the server's own
            return formatdate(time.time() + answer["clock"], usegmt=True)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", answer
        server.shutdown()


@pytest.mark.parametrize(
    ("changed", "check", "severity", "said"),
    [
        ({}, "token", Severity.OK, "for the user ada"),
        ({"token": token(**{**SOUND, "exp": 1})}, "token", Severity.ERROR, "claim exp"),
        ({"token": token(**{**SOUND, "exp": time.time() + 9e6})}, "token", Severity.ERROR, "claim exp"),
        ({"token": token(**{**SOUND, "aud": "https://a/client/?hub=x"})}, "token", Severity.ERROR, "claim aud"),
        ({"token": "none"}, "token", Severity.ERROR, "claim aud"),
        ({"token": 7}, "negotiate", Severity.ERROR, "no url and accessToken"),
        ({"headers": {}}, "negotiate", Severity.ERROR, "may be cached"),
        ({"clock": 600}, "clock", Severity.WARNING, "differ by"),
    ],
)
def test_strange_answer_of_negotiate_is_found(
    changed: dict[str, Any],
    check: str,
    severity: Severity,
    said: str,
    strange_app: tuple[str, dict[str, Any]],
) -> None:
    address, answer = strange_app
    answer.update(changed)
    found = findings(Patient(address, "chat", local=False))[check]
    assert worst(found) is severity
    assert any(said in finding.message for finding in found)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, [f"Pages of {ORIGIN} may not call the app"]),
        ({"Access-Control-Allow-Origin": ORIGIN}, ["may not send credentials", "every origin"]),
        ({"Access-Control-Allow-Origin": "*"}, [f"Pages of {ORIGIN} may not call", "every origin"]),
    ],
)
def test_wrong_cors_is_found(headers: dict[str, str], said: list[str], strange_app: tuple[str, dict[str, Any]]) -> None:
    address, answer = strange_app
    answer["cors"] = headers
    found = findings(Patient(address, "chat", origin=ORIGIN, local=False))["cors"]
    assert {finding.severity for finding in found} == {Severity.ERROR}
    assert all(text in finding.message for text, finding in zip(said, found, strict=True))


def test_report_is_a_line_for_each_finding_or_json() -> None:
    found = [Finding("keys", Severity.OK, "Fine."), Finding("cors", Severity.ERROR, "Wrong.")]
    assert doctor.report(found, as_json=False) == "OK       keys        Fine.\nERROR    cors        Wrong."
    assert json.loads(doctor.report(found, as_json=True))["findings"][1] == {
        "check": "cors",
        "severity": "error",
        "message": "Wrong.",
    }


@pytest.mark.parametrize(
    ("settings", "severity", "said"),
    [
        ({"NEGOTIATE_AUTH": "anonymous"}, Severity.OK, "complete"),
        ({"NEGOTIATE_AUTH": "easyauth"}, Severity.WARNING, "nobody can negotiate"),
        ({"NEGOTIATE_AUTH": "magic", "API_DOCS": "maybe"}, Severity.ERROR, "comma list of"),
    ],
)
def test_settings_of_this_machine_are_examined(
    settings: dict[str, str], severity: Severity, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in OWN_SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AzureSignalRConnectionString", "Endpoint=http://localhost:8888;AccessKey=k;")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    found = list(check_settings(Patient("http://localhost", "chat")))
    assert worst(found) is severity
    assert any(said in finding.message for finding in found)
