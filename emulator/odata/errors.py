"""What can be wrong with a filter."""

from __future__ import annotations


class FilterError(ValueError):
    """A filter that cannot be read; `position` counts the filter's characters from 1."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"at character {position}: {problem}")
        self.position = position
