"""The emulator: Azure SignalR Service in serverless mode on one machine, written from its published behaviour alone."""
