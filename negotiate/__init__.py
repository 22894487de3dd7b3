"""Negotiate: tell a SignalR client where to connect, with an access token that says who it is."""

from negotiate.functions import blueprint

__all__ = ["blueprint"]
