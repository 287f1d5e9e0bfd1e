"""Shows the whole way from schedule to inbox on one machine: `make demo`."""
