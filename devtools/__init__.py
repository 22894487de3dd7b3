"""What dev.py does: sets up environments, runs the servers, runs the checks; standard library only."""
