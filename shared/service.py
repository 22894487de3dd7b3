"""The service as the app's functions reach it: this process's one client, made from its settings at the first call."""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from shared.settings import current_settings

if TYPE_CHECKING:
    from shared.client import SignalRServiceClient

__all__ = ["current_settings", "service_client"]

_making_client = threading.Lock()


# For a few hubs, of which an app has one or two.
@lru_cache(128)
def service_client(hub: str) -> SignalRServiceClient:
    """A client for this hub; all hubs share one pool of connections and one credential.

    InvalidSettingsError where the settings are wrong, InvalidParameterError where the hub is.
    """
    # functools.cache lets two first calls run at once, and there would be two pools.
    with _making_client:
        client = _first_client()
    return client.for_hub(hub)


@cache
def _first_client() -> SignalRServiceClient:
    # Loaded only now, since cold starts pay for every import.
    from shared.client import SignalRServiceClient

    settings = current_settings()
    return SignalRServiceClient.from_service_endpoint(settings.connection, hub=settings.default_hub)
