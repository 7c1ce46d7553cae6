"""The settings file ``pabal.toml``: every package's settings in one tree, errors with file and line."""
