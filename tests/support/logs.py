"""The lines that the functions log, as CloudWatch Logs receives them."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from cloudflare_budgets.adapters.aws import telemetry


def lines_logged(write: Callable[[Logger], None]) -> list[dict[str, Any]]:
    """Call `write` with the logger of a run, and return what was logged."""
    logger = telemetry.start_logging("run-1")
    handler, stream = logger.registered_handler, io.StringIO()
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(stream)  # that of the test which created the logger
    try:
        write(logger)
    finally:
        handler.setStream(before)
    return [json.loads(line) for line in stream.getvalue().splitlines()]
