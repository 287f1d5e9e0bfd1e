"""The billing usage API, versions 1 and 2: GET and POST requests, and rows parsed into charges."""
