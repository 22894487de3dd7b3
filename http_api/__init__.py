"""HTTP API: what every function of the app shares - declaration, parameters, bodies, errors, rights, documentation."""
