"""Puts the parts together: the data folder, the core, the doors; starts, reloads and stops them in order."""
