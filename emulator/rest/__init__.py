"""The data-plane REST API: its operations as a table, and how one request is read, carried out and answered."""
