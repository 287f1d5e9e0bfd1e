"""What both versions take as parameters, and how they refuse others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from local.cloudflare.http import Reply, failure


@dataclass(frozen=True, slots=True)
class Days:
    """The requested days, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Invalid:
    """Why a parameter is refused."""

    reason: str

    def refusal(self) -> Reply:
        """Refuse in the words of the specification's example."""
        message = f"Invalid request parameters: {self.reason}"
        return failure(HTTPStatus.BAD_REQUEST, {"code": 1183, "message": message})


def day_of(text: str) -> date | None:
    """Read a day such as 2026-11-01; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
