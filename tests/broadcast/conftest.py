"""Fixtures for the tests of the function app's rooms."""

from tests.broadcast.app import configure
from tests.broadcast.service import answering_service

__all__ = ["answering_service", "configure"]
