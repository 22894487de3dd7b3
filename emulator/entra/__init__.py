"""Microsoft Entra ID, offline: local identities with roles, and the tokens they show in place of an access key."""
