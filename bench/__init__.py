"""Speed, measured beside the peers in one run: ``python -m bench receive|latency|profile|idle``.

A number without its peer beside it is not a result; both sides alternate, under one lock, and what is
printed is the median of the rounds with its spread.  Differences under 25 % are noise.
"""
