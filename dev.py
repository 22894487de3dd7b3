"""The project's one command: `python3 dev.py run`, `test` or `check`; standard library only.

Everything newer than this file's own syntax stands behind the version check, so that an old Python is told what is
wrong instead of showing a traceback.
"""

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    sys.exit(
        "This needs Python %d.%d or newer; this is Python %d.%d (%s).\n"
        "Install a newer Python, then run it by its name, for example: python3.12 dev.py run"
        % (OLDEST[0], OLDEST[1], sys.version_info[0], sys.version_info[1], sys.executable)
    )

from devtools.commands import main  # noqa: E402 - after the version check on purpose

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
