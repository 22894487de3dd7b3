"""The command line of dev.py."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from devtools import checks, run
from devtools.problem import Problem


def main(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; returns the exit code."""
    parsed, rest = _parser().parse_known_args(arguments)
    if rest and parsed.command != "test":
        _parser().error(f"unknown arguments: {' '.join(rest)}")
    try:
        return _COMMANDS[parsed.command](parsed, rest)
    except Problem as problem:
        print(f"\ndev.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


_COMMANDS: dict[str, Callable[[argparse.Namespace, Sequence[str]], int]] = {
    "run": lambda parsed, _: run.run(
        parsed.port, parsed.emulator_port, with_emulator=not parsed.no_emulator, with_identity=parsed.identity
    ),
    "check": lambda _, __: checks.check(),
    "test": lambda _, rest: checks.test(rest),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description="Runs and tests this project. Each command sets up what it needs by itself (.venv, node_modules).",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="run the emulator, the function app and the demo page on this machine"))
    commands.add_parser("check", help="format and lint (ruff), types (mypy)")
    commands.add_parser(
        "test",
        help="everything that CI runs: check, unit, contract and end-to-end tests with coverage",
        description="Runs all checks and tests. Arguments given here go to pytest, which then is all that runs, for "
        "example: dev.py test tests/emulator -k handshake",
    )
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=7071, help="the function app's port (7071); 0: any free one")
    parser.add_argument("--emulator-port", type=_port, default=8888, help="the emulator's port (8888); 0: any free one")
    service = parser.add_mutually_exclusive_group()
    service.add_argument(
        "--no-emulator",
        action="store_true",
        help="use the service that AzureSignalRConnectionString (environment or local.settings.json) names",
    )
    service.add_argument(
        "--identity",
        action="store_true",
        help="use no access key: the app has a managed identity, for which the emulator stands in for Entra ID",
    )


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a whole number from 0 to 65535")
