"""Programs in C: compiled when they are first needed, with whatever compiler this machine has."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve().parent


class MissingError(Exception):
    """Something that a benchmark needs is not on this machine; the text says what."""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="benchmarks-")


@cache
def compiled(name: str) -> str:
    """The path of the program made from `<name>.c`; MissingError where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise MissingError("a C compiler (cc, gcc or clang)")
    program = Path(_folder().name) / name
    done = subprocess.run(
        [compiler, "-O2", "-o", str(program), str(_HERE / f"{name}.c")], capture_output=True, text=True
    )
    if done.returncode:
        raise MissingError(f"{name}.c, which does not compile here: {done.stderr.strip().splitlines()[0]}")
    return str(program)
