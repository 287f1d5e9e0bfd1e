"""Shared by planner, workers and sender: queues, the pace of tokens, cached documents."""
