"""Pabal, a whole mail system in one package."""
