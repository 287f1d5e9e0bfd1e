"""What the check of an account costs a month, by AWS's list prices in us-east-1."""

from __future__ import annotations

from dataclasses import dataclass

# https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/sqs/pricing/ (FIFO),
# https://aws.amazon.com/dynamodb/pricing/on-demand/, read on 2026-11-30. USD, without the free tier.
GB_SECOND = 0.0000133334
INVOCATION = 0.20 / 1e6
FIFO_REQUEST = 0.50 / 1e6
WRITE_UNIT = 0.625 / 1e6  # 1 KB
READ_UNIT = 0.125 / 1e6  # 4 KB
WORKER_GB = 0.5  # MemorySize in the template
CHECKS_A_MONTH = 730
# A job is sent with nine others, received and deleted.
FIFO_REQUESTS = 2.1


@dataclass(frozen=True, slots=True)
class Check:
    """One check: how long its worker runs, and how much it reads and writes in the table."""

    seconds: float
    bytes_read: int
    bytes_written: int

    @property
    def usd_a_month(self) -> float:
        """The cost of hourly checks in USD."""
        once = INVOCATION + WORKER_GB * GB_SECOND * self.seconds + FIFO_REQUEST * FIFO_REQUESTS
        once += READ_UNIT * -(-self.bytes_read // 4096) + WRITE_UNIT * -(-self.bytes_written // 1024)
        return once * CHECKS_A_MONTH
