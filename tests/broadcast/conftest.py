"""Fixtures for the tests of the function app's rooms."""

from tests.broadcast.app import configure
from tests.broadcast.service import answering_service
from tests.http_api.identity_provider import identity_provider

__all__ = ["answering_service", "configure", "identity_provider"]
