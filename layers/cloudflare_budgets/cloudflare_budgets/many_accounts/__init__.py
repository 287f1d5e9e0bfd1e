"""Checks of many accounts: one function plans, several check one account each, one sends, one audits."""
