"""IDENTITY_HEADER: the secret that the app and the managed-identity endpoint share, and where its user finds it."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "IDENTITY_HEADER"


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def checked_secret(text: str) -> str:
    """A secret of the user's own; ValueError where no HTTP header can carry it."""
    if not all("!" <= character <= "~" for character in text):
        raise ValueError(
            f"the environment variable {VARIABLE} may have ASCII letters, digits and signs alone, and no spaces"
        )
    return text


@contextmanager
def kept_in_a_file(secret: str) -> Iterator[Path]:
    """A file with the secret that only its owner can read (where the system knows owners), until the end."""
    descriptor, name = tempfile.mkstemp(prefix="signalr-emulator-identity-header-")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secret)
        yield path
    finally:
        path.unlink(missing_ok=True)
