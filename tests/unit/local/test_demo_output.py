"""What the demo prints agrees with the mails that it shows, and fits a screen."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.aws import Delivery
from local.demo import details, summary
from local.demo.mails import mail
from local.demo.standings import highest, standings
from local.demo.story import Outcome

PAGE = Path("report.html")
PROBLEM = {
    "kind": "invalid_budget",
    "subject": "requests",
    "message": '/cloudflare-budgets/budgets/requests: "treshold": found an unknown key',
}


def line(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of a reply
    return {
        "name": "included",
        "level": "within",
        "percent": "71",
        "limit": "1 GB-months",
        "allowance_of": "kv_storage",
        "forecast": {"percent_of_limit": "121.2"},
        "reason": None,
        "status": "ok",
        "provisional": None,
        **changed,
    }


def reply_of(*budgets: dict[str, Any], problems: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    return {"accounts": [{"budgets": list(budgets), "problems": list(problems)}], "problems": []}


def delivery(subject: str, kind: str = "threshold_crossed") -> Delivery:
    alert = json.dumps({"account": {"id": "a", "name": "Shop"}, "threshold": {"basis": "actual"}})
    return Delivery(subject, f"body of {subject}\n", {"type": kind, "severity": "critical", "alert": alert})


OUTCOME = Outcome(
    [delivery("spend at 405% of 50 USD - Shop"), delivery("Problem: budget requests", "problem")],
    reply_of(
        line(percent="3", allowance_of="kv_reads", forecast=None),
        line(),
        line(name="spend", level="over_limit", percent="405", limit="50 USD", allowance_of=None),
        problems=(PROBLEM,),
    ),
    0,
    [delivery("Digest", "digest")],
    "<html></html>",
)


@pytest.mark.parametrize(
    ("level", "forecast", "said"),
    [
        ("within", "121.2", "forecast over"),
        ("within", "100", "forecast over"),
        ("within", "99.9", "within"),
        ("threshold_passed", "121.2", "passed 80 %"),
        ("over_limit", "121.2", "over limit"),
    ],
)
def test_a_budget_whose_forecast_exceeds_its_limit_is_not_just_within(
    level: str, forecast: str, said: str
) -> None:
    budget = line(level=level, threshold="80%", forecast={"percent_of_limit": forecast})
    text = f"71 % of kv_storage's allowance, forecast {forecast.partition('.')[0]} %"
    assert list(standings(reply_of(budget))) == [("included", said, text)]


def test_a_budget_without_a_forecast_shows_no_forecast() -> None:
    budget = line(forecast=None)
    assert list(standings(reply_of(budget))) == [("included", "within", "71 % of kv_storage's allowance")]


def test_an_unknown_budget_shows_its_reason() -> None:
    budget = line(level="unknown", percent=None, forecast=None, reason="no usage yet")
    assert list(standings(reply_of(budget))) == [("included", "unknown", "no usage yet")]


def test_a_signed_link_is_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    link = "https://bucket.example.com/" + "x" * 700
    mail(Delivery("a subject", f"Charts:\n{link}\n", {"type": "digest", "alert": "{}"}))
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) < 120


def test_the_last_screen_is_one_mail_and_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    summary.show(OUTCOME, PAGE, everything=False)
    printed = capsys.readouterr().out
    assert "body of spend at 405%" in printed
    assert "body of Problem" not in printed
    assert printed.rpartition("=======\n\n")[2] == (
        "   Budgets   spend     over limit       405 % of 50 USD, forecast 121 %\n"
        "             included  forecast over    71 % of kv_storage's allowance, forecast 121 %"
        " (highest of 2)\n"
        "             requests  invalid_budget   misspelled on purpose\n"
        "   Mails     2 from the first check, 0 from the second: each alert is sent once\n"
        "             - spend at 405% of 50 USD\n"
        "             - Problem: budget requests\n"
        "   Report    report.html\n"
        "   More      make demo ARGS=--all (every mail, the JSON for machines, the digest)\n"
        "   Next      .venv/bin/cloudflare-budgets init (your own account; README.md explains each step)\n"
    )


def test_with_all_every_mail_the_json_the_reply_and_the_digest_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    details.show(OUTCOME)
    summary.show(OUTCOME, PAGE, everything=True)
    printed = capsys.readouterr().out
    for text in ("body of spend", "body of Problem", "body of Digest", '"account": {"id"', "kv_reads"):
        assert printed.count(text) == 1, text
    assert "--all" not in printed


def test_an_account_without_alerts_or_a_report_has_a_summary_too(capsys: pytest.CaptureFixture[str]) -> None:
    summary.show(Outcome([], reply_of(line()), 0, [], None), None, everything=False)
    printed = capsys.readouterr().out
    assert "0 from the first check" in printed
    assert "Report" not in printed


def test_a_breach_by_fresh_usage_stands_before_a_higher_percentage_of_the_month_before() -> None:
    low = {"low": "81.09 USD"}
    before = line(name="spend", percent="79", limit="50 USD", allowance_of=None, forecast=None)
    now = {**before, "percent": "0", "level": "over_limit", "status": "breached", "provisional": low}

    [(_, status, text), *_] = highest(reply_of(before, now))

    assert status == "over limit"
    assert text == "0 % of 50 USD, at least 81.09 USD with usage that is not billed yet (highest of 2)"


def test_a_breach_by_fresh_usage_is_shown_before_anything_is_billed() -> None:
    low, reason = {"low": "82.90 USD"}, "Cloudflare has no usage yet for the period from 1 Dec 2026"
    first = line(name="spend", percent=None, limit="50 USD", allowance_of=None, forecast=None, reason=reason)

    [(_, _, text)] = standings(reply_of({**first, "status": "breached", "provisional": low}))
    [(_, _, unknown)] = standings(reply_of(first))

    assert text == "at least 82.90 USD with usage that is not billed yet, limit 50 USD"
    assert unknown == reason
