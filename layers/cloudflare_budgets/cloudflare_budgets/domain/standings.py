"""Which standings an alert tells of, and how much of each to machines: what there is room for, in bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudflare_budgets.domain.alert_document import brief_standing_document, standing_document
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.room import json_text, size


@dataclass(frozen=True, slots=True)
class Told:
    """A budget that is told of, and what machines read of where it stands."""

    evaluation: Evaluation
    document: Mapping[str, Any]


def whole_size(evaluation: Evaluation) -> int:
    """Count the bytes in which machines are told all of it; people are told in fewer."""
    return _size(standing_document(evaluation))


def brief_size(evaluation: Evaluation) -> int:
    """Count the bytes that it takes in brief."""
    return _size(brief_standing_document(evaluation))


def told_within(evaluations: Iterable[Evaluation], room: int) -> list[Told]:
    """Choose the budgets of which a number of bytes can tell: as many as possible, then all of them.

    One that takes too many even in brief is passed over.
    """
    chosen = []
    for evaluation in evaluations:
        taken = brief_size(evaluation)
        if taken <= room:
            chosen.append(evaluation)
            room -= taken
    told = []
    for evaluation in chosen:
        more = whole_size(evaluation) - brief_size(evaluation)
        fits = more <= room
        room -= more if fits else 0
        describe = standing_document if fits else brief_standing_document
        told.append(Told(evaluation, describe(evaluation)))
    return told


def _size(document: Mapping[str, Any]) -> int:
    return size(json_text(document)) + len(",")
