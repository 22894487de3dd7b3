"""Doctor: examines a function app, local or deployed, and says what is wrong and what to do about it.

Runs in the project's environment (`dev.py doctor` makes it), because it reads the settings as the app does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlsplit

from devtools.examinations import CHECKS, Finding, Patient, Severity

LOCAL = "http://localhost:7071"


def examine(patient: Patient) -> list[Finding]:
    return [finding for check in CHECKS for finding in check(patient)]


def report(findings: Sequence[Finding], *, as_json: bool) -> str:
    if as_json:
        listed = [{**asdict(finding), "severity": finding.severity.name.lower()} for finding in findings]
        return json.dumps({"findings": listed}, indent=2)
    return "\n".join(f"{finding.severity.name:<8} {finding.check:<11} {finding.message}" for finding in findings)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", type=_url, help=f"the app's address, without /api ({LOCAL}, the local app)")
    parser.add_argument("--hub", default="chat", help="the hub to negotiate for (chat)")
    parser.add_argument(
        "--origin", help="the origin of a page that is to call the app, such as https://www.example.org"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise argparse.ArgumentTypeError(f"{text!r} is no address such as https://chat.azurewebsites.net")
    return text.rstrip("/").removesuffix("/api")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings; returns 0, 1 for warnings, 2 for errors.

    The function key and a bearer token of a user come from the environment (DOCTOR_FUNCTION_KEY, DOCTOR_TOKEN), since
    command lines are seen by every process of a machine.
    """
    parser = argparse.ArgumentParser(prog="dev.py doctor")
    add_arguments(parser)
    parsed = parser.parse_args(arguments)
    token = os.environ.get("DOCTOR_TOKEN")
    patient = Patient(
        url=parsed.url or LOCAL,
        hub=parsed.hub,
        origin=parsed.origin,
        key=os.environ.get("DOCTOR_FUNCTION_KEY"),
        authorization=f"Bearer {token}" if token else None,
        local=parsed.url is None or urlsplit(parsed.url).hostname in {"localhost", "127.0.0.1"},
    )
    findings = examine(patient)
    print(report(findings, as_json=parsed.json))
    return max((finding.severity for finding in findings), default=Severity.OK)


if __name__ == "__main__":
    sys.exit(main())
