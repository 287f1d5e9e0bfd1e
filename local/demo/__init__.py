"""The whole way from the schedule to the inbox, on this machine: `make demo`."""
