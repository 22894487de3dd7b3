"""Hub protocols: how hub messages are encoded; no I/O (see the hub protocol's published specification)."""
