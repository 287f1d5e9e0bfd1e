"""One run: what it was asked, what it found, and the state it leaves for the next one."""
