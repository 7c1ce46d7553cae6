"""Fixtures every test may ask for; they live in tests/kit."""

pytest_plugins = ["tests.kit.fixtures"]
