"""Checks of many accounts: a planner, workers of one account each, a sender, an audit."""
