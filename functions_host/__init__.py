"""The local functions host: runs the app's HTTP functions on this machine, as `func start` does."""
