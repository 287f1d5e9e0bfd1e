"""What was found in one part of the installation, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Examined:
    """A part of the installation: `advice` is what to do; empty if nothing is wrong."""

    part: str
    found: str
    advice: str = ""
