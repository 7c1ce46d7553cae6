"""The words everyone uses: addresses, envelopes, ids, replies, refusals, and what comes from outside."""
