"""Which faults are switched on, and for how many more requests."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.cloudflare.calls import Target
    from local.cloudflare.faults import Fault


class Switchboard:
    """The faults that are on, in the order they came; each request meets the first that applies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def switch_on(self, *faults: Fault) -> None:
        """Add faults behind those that are on already: one that lasts n times, then the next."""
        with self._lock:
            self._faults.extend(faults)

    def switch_off(self) -> None:
        """Heal everything."""
        with self._lock:
            self._faults.clear()

    def replace(self, faults: Iterable[Fault]) -> None:
        """Have exactly these faults on."""
        with self._lock:
            self._faults[:] = faults

    def take(self, target: Target) -> Fault | None:
        """Find the fault that a request meets, and count it."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.meets(target):
                    self._faults[place : place + 1] = _used_once(fault)
                    return fault
        return None


def _used_once(fault: Fault) -> list[Fault]:
    if fault.times is None:
        return [fault]
    return [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
