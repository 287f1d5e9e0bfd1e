"""What is decided, and nothing else: no I/O, no clock, no environment, no AWS, no logging."""
