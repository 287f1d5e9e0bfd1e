"""A FIFO queue of SQS in memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# As in the template.
GIVEN_UP_AFTER = 5
VISIBILITY = timedelta(seconds=300)
KEPT_FOR = timedelta(hours=1)
_DEDUPLICATED_FOR = timedelta(minutes=5)


@dataclass
class Message:
    """A message of a queue: `receives` counts its deliveries, and it is hidden until an instant."""

    body: str
    group: str
    sent_at: datetime
    receives: int = 0
    hidden_until: datetime | None = None


@dataclass
class FifoQueue:
    """Messages by group, as SQS delivers them: the first of each group, and one at a time."""

    clock: Callable[[], datetime]
    kept_for: timedelta = timedelta(days=14)
    given_up_after: int = GIVEN_UP_AFTER
    groups: dict[str, deque[Message]] = field(default_factory=dict)
    given_up: list[Message] = field(default_factory=list)
    left: list[Message] = field(default_factory=list)
    requests: int = 0
    _sent: dict[str, datetime] = field(default_factory=dict)

    def put(self, body: str, group: str, deduplication_id: str) -> None:
        now = self.clock()
        earlier = self._sent.get(deduplication_id)
        if earlier is None or now - earlier >= _DEDUPLICATED_FOR:
            self._sent[deduplication_id] = now
            self.groups.setdefault(group, deque()).append(Message(body, group, now))

    def receive(self) -> Message | None:
        """Deliver the oldest message that is not hidden, and hide it."""
        now = self.clock()
        for group in sorted(self.groups, key=lambda each: self.groups[each][0].sent_at):
            if message := self._first(group, now):
                return message
        return None

    def delete(self, message: Message) -> None:
        queue = self.groups.get(message.group)
        if queue and message in queue:
            queue.remove(message)
            if not queue:
                del self.groups[message.group]

    def next_at(self) -> datetime | None:
        """Return when the next message can be delivered."""
        firsts = [queue[0] for queue in self.groups.values()]
        return min((each.hidden_until or each.sent_at for each in firsts), default=None)

    def _first(self, group: str, now: datetime) -> Message | None:
        queue = self.groups[group]
        message = queue[0]
        if message.hidden_until and now < message.hidden_until:
            return None
        if now - message.sent_at >= self.kept_for:
            self.left.append(message)
            self.delete(message)
            return self._first(group, now) if group in self.groups else None
        if message.receives >= self.given_up_after:
            self.given_up.append(message)
            self.delete(message)
            return self._first(group, now) if group in self.groups else None
        message.receives += 1
        message.hidden_until = now + VISIBILITY
        self.requests += 2
        return message
