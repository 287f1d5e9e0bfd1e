"""Loads what a check is configured with: accounts, budgets, prices and mutes."""

from cloudflare_budgets.check.configuration.directory import AccountDirectory, KnownAccounts
from cloudflare_budgets.check.configuration.loading import Configuration, load_account, load_configuration

__all__ = ["AccountDirectory", "Configuration", "KnownAccounts", "load_account", "load_configuration"]
