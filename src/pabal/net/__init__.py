"""Sockets, TLS and time limits, on any asyncio event loop (uvloop in production, asyncio as the fallback)."""
