"""Tokens of accounts as parameters, and the stored lists of the accounts of a token."""
