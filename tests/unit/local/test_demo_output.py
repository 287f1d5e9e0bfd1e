"""What the demo prints contradicts none of the mails that it shows."""

from typing import Any

import pytest

from local.aws import Delivery
from local.demo.screen import budgets, emails


def printed(capsys: pytest.CaptureFixture[str], **changed: Any) -> str:  # noqa: ANN401 - any part of a reply
    budget = {
        "name": "included",
        "status": "ok",
        "percent": "71",
        "limit": "1 GB-months",
        "allowance_of": "kv_storage",
        "forecast": {"percent_of_limit": "121.2"},
        **changed,
    }
    budgets({"accounts": [{"budgets": [budget], "problems": []}]})
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("status", "forecast", "said"),
    [
        ("ok", "121.2", "ok, forecast over 71%"),
        ("ok", "100", "ok, forecast over 71%"),
        ("ok", "99.9", "ok 71%"),
        ("breached", "121.2", "breached 71%"),
    ],
)
def test_a_budget_that_will_pass_its_limit_is_not_just_ok(
    capsys: pytest.CaptureFixture[str], status: str, forecast: str, said: str
) -> None:
    text = printed(capsys, status=status, forecast={"percent_of_limit": forecast})
    assert text == f"included {said} of the allowance of kv_storage, forecast {forecast}%"


def test_without_a_forecast_nothing_is_said_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, forecast=None) == "included ok 71% of the allowance of kv_storage"


def test_a_signed_link_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    link = "https://bucket.example.com/" + "x" * 700
    emails(
        [Delivery("a subject", f"Charts:\n{link}\n", {"type": "digest", "alert": "{}"})], "you@example.com"
    )
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) < 120
