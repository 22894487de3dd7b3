"""Fixtures for the tests of the function app's rooms."""

from tests.broadcast.app import configure

__all__ = ["configure"]
