"""Transports: how a connection's bytes travel; a folder each."""
