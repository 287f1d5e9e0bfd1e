"""The product as it is deployed, with the date of the benchmark."""

import os
from datetime import datetime

import handler  # type: ignore[import-not-found]

from benchmarks.handlers.calls import with_calls

# With this clock, the check is not a replay, which would store nothing for later checks.
handler._now = lambda: datetime.fromisoformat(os.environ["BENCHMARK_NOW"])  # noqa: SLF001 - the handler has no parameter for it

lambda_handler = with_calls(handler.lambda_handler)
