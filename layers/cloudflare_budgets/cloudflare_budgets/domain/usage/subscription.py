"""A subscription of an account, as Version 1 of the usage API returns it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription; its billing cycles start on the day of the month of `anchor`."""

    id: str
    start: datetime
    anchor: datetime
    end: datetime | None = None
