"""Budget files against Parameter Store: what differs, what that would send, and writing it."""
