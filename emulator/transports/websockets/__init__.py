"""The WebSockets transport."""
