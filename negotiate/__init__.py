"""Negotiate: tell a SignalR client where to connect, with an access token that says who it is."""

from negotiate import functions, self_join

apis = (functions.api, self_join.api)

__all__ = ["apis"]
