from hypothesis import settings

# The same examples on every machine: a failure in CI is a failure at home.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("repeatable")
