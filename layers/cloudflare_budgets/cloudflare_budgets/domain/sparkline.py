"""The last days as one line of blocks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

_BLOCKS = "▁▂▃▄▅▆▇█"
_DAY = timedelta(days=1)
DAYS_SHOWN = 14


def sparkline(days: Mapping[datetime, Decimal], through: datetime) -> str:
    """Draw up to 14 days before an instant, the highest as a full block; a day without a number is zero."""
    known = [day for day in days if day < through]
    if not known:
        return ""
    count = min(DAYS_SHOWN, (through - min(known)) // _DAY)
    numbers = [max(days.get(through - back * _DAY, Decimal(0)), Decimal(0)) for back in range(count, 0, -1)]
    highest = max(numbers, default=Decimal(0))
    return "".join(_BLOCKS[_height(number, highest)] for number in numbers)


def _height(number: Decimal, highest: Decimal) -> int:
    if highest <= 0:
        return 0
    return int((number / highest * (len(_BLOCKS) - 1)).to_integral_value(ROUND_HALF_UP))
