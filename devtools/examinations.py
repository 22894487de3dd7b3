"""Examinations: what the doctor looks at, one check after the other, each with its findings."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT_SECONDS = 40
# The service takes tokens up to 5 minutes late; half of it leaves room for the next drift.
MOST_SKEW_SECONDS = 150


class Severity(IntEnum):
    """How bad a finding is; the worst one is the exit code."""

    OK = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True)
class Finding:
    """What one check found: `check` names it, `message` says it, with what to do where something is wrong."""

    check: str
    severity: Severity
    message: str


class Answer(NamedTuple):
    """An HTTP answer; status 0 means that there was none, and `body` says why."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """What a JSON error says, else the status."""
        try:
            return str(json.loads(self.body)["error"]["message"])
        except (ValueError, LookupError, TypeError):
            return self.body.decode(errors="replace") if not self.status else f"it answered {self.status}"


@dataclass(frozen=True)
class Patient:
    """The app under examination; `key` is its function key, `origin` that of the page whose calls are tried."""

    url: str
    hub: str
    origin: str | None = None
    key: str | None = None
    authorization: str | None = None
    local: bool = True

    def call(self, method: str, path: str, **headers: str) -> Answer:
        body = b"" if method in {"POST", "PUT"} else None
        return http(method, f"{self.url}/api/{path}", {name.replace("_", "-"): headers[name] for name in headers}, body)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Keys and tokens are for this address and for no other."""


def http(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    request = Request(url, data=body, method=method, headers=dict(headers))  # noqa: S310 - http or https, checked
    try:
        with build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as response:
            return Answer(response.status, _lower(response.headers), response.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers), error.read())
    except (URLError, OSError) as error:
        return Answer(0, {}, f"there is no answer: {getattr(error, 'reason', error)}".encode())


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def check_settings(patient: Patient) -> Iterator[Finding]:
    """The settings of this checkout, as the local app would read them; a deployed app has its own."""
    if not patient.local:
        return
    from shared.settings import Settings, SettingsProblemsError

    try:
        settings = Settings.from_environment(_environment())
    except SettingsProblemsError as error:
        yield from (Finding("settings", Severity.ERROR, str(problem)) for problem in error.problems)
        return
    yield Finding("settings", Severity.OK, "The settings are complete and do not contradict one another.")
    if settings.negotiate_auth == ("easyauth",) and not settings.website_auth_enabled:
        message = "NEGOTIATE_AUTH is easyauth alone, and App Service authentication is off here: nobody can negotiate."
        yield Finding("settings", Severity.WARNING, message)


def _environment() -> dict[str, str]:
    """The environment with the values of local.settings.json, as the local functions host makes it."""
    path = Path(__file__).resolve().parent.parent / "local.settings.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig")).get("Values", {})
    except (OSError, ValueError):
        values = {}
    given = {name: value for name, value in os.environ.items() if value}
    return {"AZURE_FUNCTIONS_ENVIRONMENT": "Development", **values, **given}


def check_negotiate(patient: Patient) -> Iterator[Finding]:
    headers = {"Authorization": patient.authorization} if patient.authorization else {}
    answer = patient.call("POST", f"hubs/{patient.hub}/negotiate", **headers)
    if answer.status in {401, 403} and not patient.authorization:
        message = f"It asks for an identity: {answer.error} With DOCTOR_TOKEN, doctor negotiates as that token's user."
        yield Finding("negotiate", Severity.WARNING if answer.body else Severity.ERROR, message)
        return
    access = _json(answer)
    if answer.status != 200 or not isinstance(access.get("url"), str) or not isinstance(access.get("accessToken"), str):
        message = f"POST {patient.url}/api/hubs/{patient.hub}/negotiate gave no url and accessToken: {answer.error}"
        yield Finding("negotiate", Severity.ERROR, message)
        return
    yield Finding("negotiate", Severity.OK, f"Clients are sent to {access['url'].partition('?')[0]}.")
    if "no-store" not in answer.headers.get("cache-control", ""):
        yield Finding("negotiate", Severity.ERROR, "The token may be cached: Cache-Control must be no-store.")
    yield from _check_token(access["accessToken"], access["url"], patient.hub)
    yield from _check_clock("app", answer)
    service = http("HEAD", urlsplit(access["url"])._replace(path="/api/health", query="").geturl(), {})
    if not service.status or service.status >= 500:
        yield Finding("service", Severity.ERROR, f"Clients cannot reach the service from here: {service.error}.")
    else:
        yield Finding("service", Severity.OK, "The service answers.")
        yield from _check_clock("service", service)


def _check_token(token: str, url: str, hub: str) -> Iterator[Finding]:
    claims = _claims(token)
    audience = parse_qs(urlsplit(str(claims.get("aud"))).query).get("hub", [""])[0]
    left = claims["exp"] - time.time() if isinstance(claims.get("exp"), int | float) else 0
    if audience.lower() != hub.lower() or "/client/" not in url:
        yield Finding("token", Severity.ERROR, f"The token is not for the hub {hub} (claim aud).")
    elif not 0 < left <= 24 * 3600 + MOST_SKEW_SECONDS:
        yield Finding(
            "token", Severity.ERROR, f"The token is good for {left:,.0f} s by this machine's clock (claim exp)."
        )
    else:
        who = "the user " + str(claims["nameid"]) if "nameid" in claims else "a client without a user id"
        yield Finding("token", Severity.OK, f"The token is for {who}, and good for {left / 60:,.0f} minutes.")


def _claims(token: str) -> dict[str, Any]:
    """The claims of a token, unverified: doctor has no access key."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError):
        claims = None
    return claims if isinstance(claims, dict) else {}


def _check_clock(name: str, answer: Answer) -> Iterator[Finding]:
    try:
        skew = parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()
    except (KeyError, ValueError, TypeError):
        return
    if abs(skew) > MOST_SKEW_SECONDS:
        message = f"The clocks of this machine and of the {name} differ by {skew:,.0f} s: tokens may be refused."
        yield Finding("clock", Severity.WARNING, message)
    else:
        yield Finding("clock", Severity.OK, f"The clocks of this machine and of the {name} agree.")


def check_cors(patient: Patient) -> Iterator[Finding]:
    if not patient.origin:
        return
    path = f"hubs/{patient.hub}/negotiate"
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-requested-with",
    }
    yield _cors_of(patient.call("OPTIONS", path, Origin=patient.origin, **asked), patient.origin)
    foreign = patient.call("OPTIONS", path, Origin="https://doctor.invalid", **asked)
    if foreign.headers.get("access-control-allow-origin"):
        message = "Pages of every origin may call the app: name the origins in the app's CORS settings."
        yield Finding("cors", Severity.ERROR, message)


def _cors_of(answer: Answer, origin: str) -> Finding:
    allowed = answer.headers.get("access-control-allow-origin", "")
    credentials = answer.headers.get("access-control-allow-credentials", "").lower() == "true"
    if allowed.lower() != origin.lower():
        said = f"Pages of {origin} may not call the app: add that origin to its CORS settings."
        return Finding("cors", Severity.ERROR, said)
    if not credentials:
        said = (
            f"Pages of {origin} may not send credentials, which SignalR's JavaScript client does: allow them in CORS."
        )
        return Finding("cors", Severity.ERROR, said)
    return Finding("cors", Severity.OK, f"Pages of {origin} may call the app, with credentials.")


def check_keys(patient: Patient) -> Iterator[Finding]:
    """The send functions refuse a call without a key; the body is none, so that nothing is sent where they do not."""
    answer = patient.call("POST", f"hubs/{patient.hub}")
    if answer.status in {401, 403}:
        yield Finding("keys", Severity.OK, "Sending needs a function key.")
    elif not answer.status or answer.status in {404, 500}:
        yield Finding("keys", Severity.ERROR, f"Sending could not be tried: {answer.error}")
    else:
        local = patient.local and urlsplit(patient.url).hostname in {"localhost", "127.0.0.1"}
        message = "Sending needs no function key" + (
            " (on this machine it need not)." if local else ": anybody can send."
        )
        yield Finding("keys", Severity.OK if local else Severity.ERROR, message)


def check_credential(patient: Patient) -> Iterator[Finding]:
    """Whether the service takes the app's access key or identity, and whether that identity has its role."""
    if not patient.key and not patient.local:
        message = "Give the function key in DOCTOR_FUNCTION_KEY to try the app's access key or identity at the service."
        yield Finding("credential", Severity.WARNING, message)
        return
    headers = {"x-functions-key": patient.key} if patient.key else {}
    if patient.authorization:
        headers["Authorization"] = patient.authorization
    answer = patient.call("GET", f"hubs/{patient.hub}/connections/doctor", **headers)
    if answer.headers.get("x-ms-error-code") == "Warning.Connection.NotExisted":
        yield Finding("credential", Severity.OK, "The service takes the app's access key or identity.")
    elif answer.status == 401:
        yield Finding("credential", Severity.ERROR, "The function key (DOCTOR_FUNCTION_KEY) is wrong or missing.")
    else:
        yield Finding("credential", Severity.ERROR, f"The service could not be asked: {answer.error}")


def _json(answer: Answer) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


CHECKS: Sequence[Callable[[Patient], Iterator[Finding]]] = (
    check_settings,
    check_negotiate,
    check_cors,
    check_keys,
    check_credential,
)
