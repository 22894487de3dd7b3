"""The Server-Sent Events transport: a stream of events down, POST requests up."""
