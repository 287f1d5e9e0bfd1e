"""How the versions of the usage API treat an account: what they let it see, and in which shape."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class V1Access(StrEnum):
    """Whether Version 1 serves an account."""

    OPEN = auto()
    NOT_COVERED = auto()  # covered is false, and the list is empty
    FORBIDDEN = auto()  # 403, code 10000


class V2Post(StrEnum):
    """What POST does where Version 2 is open."""

    COSTS = auto()  # serves usage, and rated rows to whoever asks for costs
    NO_COSTS = auto()  # takes the question for costs and answers without them
    NO_METRIC = auto()  # 400: knows no field of that name
    FORBIDDEN = auto()  # 403
    NOT_ALLOWED = auto()  # 405


@dataclass(frozen=True, slots=True)
class V1:
    """What an account's answers of Version 1 look like.

    Where `has_info` is false, the info endpoint is not found. For `previous_cycle_days` after a cycle has
    begun, an undated answer holds the one before as well. `prices_storage` is false where stored amounts
    above the allowance are shown at no cost, as was seen on an account whose bill charged for them.
    """

    access: V1Access = V1Access.OPEN
    has_info: bool = True
    previous_cycle_days: int = 0
    numbers_as_text: bool = False
    names_account: bool = True
    prices_storage: bool = True
