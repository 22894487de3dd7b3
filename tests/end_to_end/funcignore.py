"""Which files `func azure functionapp publish` deploys: Core Tools' reading of .funcignore, which is not git's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# Core Tools never deploy these, whatever .funcignore says.
LEFT_OUT_FOLDERS = {".git", ".vscode"}
LEFT_OUT_FILES = {".funcignore", ".gitignore", "local.settings.json", "project.lock.json"}


class FuncIgnore:
    """The patterns of a .funcignore: one that is accepted again ("!") beats all that are ignored, in any order."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines()]
        patterns = [line for line in lines if line and not line.startswith("#")]
        self._accepted = _pattern(line[1:] for line in patterns if line.startswith("!"))
        self._ignored = _pattern(line for line in patterns if not line.startswith("!"))

    def accepts(self, path: str) -> bool:
        """Whether a file is deployed; the path is relative, with forward slashes."""
        return bool(self._accepted.match(path)) or not self._ignored.match(path)


def deployed_files(root: Path) -> Iterator[str]:
    """The files below `root` that are deployed, as paths relative to it."""
    rules = FuncIgnore((root / ".funcignore").read_text(encoding="utf-8"))
    for path in _files(root):
        relative = path.relative_to(root).as_posix()
        if rules.accepts(relative):
            yield relative


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name.lower() not in LEFT_OUT_FOLDERS:
                yield from _files(path)
        elif path.name.lower() not in LEFT_OUT_FILES:
            yield path


def _pattern(lines: Iterable[str]) -> re.Pattern[str]:
    """One expression for many lines: anchored at the root, ending at a word boundary, `*` stopping at slashes."""
    alternatives = [
        re.escape(line.removeprefix("/")).replace(r"\*\*", "(.+)").replace(r"\*", "([^/]+)") for line in lines
    ]
    return re.compile(rf"(({')|('.join(alternatives)}))\b" if alternatives else "$^", re.ASCII)
