"""Public incidents, replayed with a check each hour: how soon a budget of 50 USD is reported.

The table is that of docs/fresh-usage.md.
"""

from datetime import timedelta

import pytest

from tests.unit.incidents.incidents import INCIDENTS, MINUTE, Incident
from tests.unit.incidents.replay import HOUR, LIMIT, Replay
from tests.unit.repository.pages.documentation import page

IN_TIME = timedelta(minutes=75)


@pytest.mark.parametrize("incident", INCIDENTS, ids=[each.name for each in INCIDENTS])
def test_a_budget_is_reported_within_75_minutes_and_by_billing_a_day_later(incident: Incident) -> None:
    reached = incident.reached(LIMIT)
    fresh = Replay(incident).reported()
    first_use = Replay(incident, was_used_before=False).reported()
    billed = Replay(incident, is_fresh=False).reported()
    assert reached <= fresh <= reached + IN_TIME
    assert reached <= first_use < billed
    assert billed > reached + 24 * HOUR
    row = [
        incident.name,
        f"{(reached - incident.began) / HOUR:.1f} h",
        *(f"{(each - reached) // MINUTE} min" for each in (fresh, first_use)),
        f"{(billed - reached) / HOUR:.0f} h",
        *(f"{incident.cost(each):,.0f} USD" for each in (fresh, billed)),
    ]
    assert f"| {' | '.join(row)} |" in page("fresh-usage")
