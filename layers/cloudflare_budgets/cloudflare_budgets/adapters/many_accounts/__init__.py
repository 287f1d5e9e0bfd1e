"""What planner, workers and sender share: queues, the pace of each token, and documents read once."""
