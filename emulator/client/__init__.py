"""The client endpoint: negotiate, and where a client's requests find their connection and transport."""
