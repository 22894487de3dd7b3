"""The long polling transport: each GET waits for messages, POST requests carry what the client says."""
