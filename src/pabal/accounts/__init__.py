"""Domains, accounts, addresses, aliases, logins: who is here and who may sign in."""
