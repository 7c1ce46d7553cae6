"""Who really sent a message: evidence in, result out; no I/O, DNS through a passed-in Resolver.

``pabal.mailauth.dkim`` signs and verifies (RFC 6376, RFC 8301, RFC 8463).
"""
