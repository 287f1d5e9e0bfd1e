"""The billing usage API, versions 1 and 2: requests, and rows parsed into charges."""
