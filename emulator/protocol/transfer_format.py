"""Transfer formats: whether a hub protocol's records, and the transports that carry them, are text or binary."""

from __future__ import annotations

from enum import StrEnum


class TransferFormat(StrEnum):
    """Spelled as in the answer to negotiate."""

    TEXT = "Text"
    BINARY = "Binary"
