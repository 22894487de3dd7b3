"""The command line of dev.py."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence

from devtools import bench, checks, doctor, run
from devtools.environment import ROOT, TO_RUN, prepare
from devtools.problem import Problem


def main(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; returns the exit code."""
    parsed, rest = _parser().parse_known_args(arguments)
    if rest and parsed.command not in ("test", "bench"):
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
    "doctor": lambda _, __: _doctor(),
    "check": lambda _, __: checks.check(),
    "test": lambda _, rest: checks.test(rest),
    "bench": lambda _, rest: bench.bench(rest),
}


def _doctor() -> int:
    """In the project's environment, since the doctor reads the settings as the app does."""
    command = [prepare(TO_RUN), "-m", "devtools.doctor", *sys.argv[2:]]
    return subprocess.run(command, cwd=ROOT).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description="Runs and tests this project. Each command sets up what it needs by itself (.venv, node_modules).",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="run the emulator, the function app and the demo page on this machine"))
    doctor.add_arguments(
        commands.add_parser(
            "doctor",
            help="examine the app on this machine, or a deployed one (--url), and say what is wrong",
            description="Examines settings, negotiate, token, clocks, CORS, function keys and the service. The exit "
            "code is 0, 1 for warnings, 2 for errors. The environment variables DOCTOR_FUNCTION_KEY and DOCTOR_TOKEN "
            "may hold a function key and the bearer token of a user.",
        )
    )
    commands.add_parser("check", help="format and lint (ruff), types (mypy)")
    commands.add_parser(
        "test",
        help="everything that CI runs: check, unit, contract and end-to-end tests with coverage",
        description="Runs all checks and tests. Arguments given here go to pytest, which then is all that runs, for "
        "example: dev.py test tests/emulator -k handshake",
    )
    commands.add_parser(
        "bench",
        help="measure this project beside its peers and beside the physical limit",
        usage="dev.py bench [NAME ...] [--quick] [--json FILE]",
        description="Measures all benchmarks, or those that are named (docs/performance.md), in an environment of "
        "their own (.venv-bench). --quick takes under 5 minutes instead of under 30; --json writes a file of results.",
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
