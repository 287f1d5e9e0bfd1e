"""What stands on the page of a report."""

import re
from dataclasses import replace

from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.messages.account_text import BILLING_PAGE
from cloudflare_budgets.messages.report.page import page
from tests.support.builders import AS_OF, day
from tests.unit.messages.report.pages import (
    account,
    drawn,
    evaluation,
    forecast,
    lines,
    of_class,
    window_of,
)
from tests.unit.messages.report.spending import SPEND

SHOWN = """\
Cloudflare Budgets
Example account: 41.20 of 50 USD (82 %) so far, forecast 60.10 USD (55-66)
1 budget: 1 to look at · as of 2026-11-22 10:00 UTC, and all days are UTC days
Budget
Status
Used
Forecast
Period
Data through
spend
▲ passed 80 %
41.20 of 50 USD (82 %)
60.10 USD 120 % of the limit
1 to 30 Nov 2026 9 days left
21 Nov
Example account
023e105f4ecef8ad9ca31a8372d0c353 · data through 21 Nov · usage API V2
spend
▲ passed 80 %
41.20 of 50 USD (82 %)
forecast 60.10 USD (55-66), 120 %
all of it
1 to 30 Nov 2026 · 9 days left · BilledCost · the whole account
So far, and the forecast (USD)
spend: so far against the limit
used 41.20 of 50 USD (82 %); forecast 60.10; likely 55 to 66; 70 if the last 3 days continue
0
20
40
60
80
1 Nov
8 Nov
15 Nov
22 Nov
29 Nov
100 %
80 %
limit
now
so far 41.20 USD
limit 50 USD
forecast 60.10
likely 55 to 66
70 if the last 3 days continue
Day by day (USD)
spend: what each day added
The figures are in the table below the charts.
0
10
20
30
1 Nov
8 Nov
15 Nov
22 Nov
29 Nov
2026-11-01: 10 USD
2026-11-02: 10.50 USD
2026-11-03: 20.70 USD
Workers
Where it comes from
Metric
USD
Share
Last day
Change
Workers
30.90
75 %
20.70
+107 %
R2 example.com
10.30
25 %
none
Included, this billing period
Metric
Used
Included
Share
Requests
15
10 Requests (Workers Paid)
150 %
Figures of each day
Day (UTC)
Added
So far
Workers
2026-11-03
20.70
41.20
20.70
2026-11-02
10.50
20.50
10.50
2026-11-01
10
10
10
""".splitlines()


def test_all_that_is_known_of_a_budget_can_be_read() -> None:
    shown = lines(drawn(SPEND))
    titles = ("Cloudflare Budgets",)
    assert shown[0] in titles  # the document's own
    assert shown[1 : len(SHOWN) + 1] == SHOWN
    assert shown[-1].endswith("what a plan includes is subtracted. Cloudflare's own figures .")


def test_what_is_just_below_its_limit_is_not_written_like_it() -> None:
    text = lines(drawn(evaluation(["49.998"], '{"limit": "50 USD"}')))
    assert "49.998 of 50 USD (99 %)" in text
    assert text.count("49.998 of 50 USD (99 %)") == 2


def test_the_page_requests_nothing_and_runs_nothing() -> None:
    root = drawn(SPEND)
    text = page(Report(AS_OF, (account(SPEND),)))
    assert {element.tag for element in root.iter()}.isdisjoint({"script", "link", "img", "iframe", "image"})
    assert not re.search(r"\bon\w+=|@import|javascript:|data:", text)
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {
        "#provisional",
        *(f"#family-{number}" for number in range(5)),
    }
    links = [element.get("href", "") for element in root.iter("a")]
    assert [link for link in links if not link.startswith("#")] == [BILLING_PAGE]
    assert text.count("://") == 1


def test_the_page_lets_a_browser_load_nothing_and_send_no_referrer() -> None:
    metas = list(drawn(SPEND).iter("meta"))
    policies = [one.get("content") for one in metas if one.get("http-equiv") == "Content-Security-Policy"]
    named = {one.get("name"): one.get("content") for one in metas}
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]
    assert named["referrer"] == "no-referrer"
    assert named["robots"] == "noindex"
    assert named["color-scheme"] == "light dark"


def test_each_link_within_the_page_leads_to_a_card_and_no_id_is_there_twice() -> None:
    root = drawn(SPEND, evaluation(name="other"))
    ids = [found for element in root.iter() if (found := element.get("id"))]
    assert len(ids) == len(set(ids))
    within = {link[1:] for element in root.iter("a") if (link := element.get("href", "")).startswith("#")}
    assert within == {"budget-1", "budget-2"} <= set(ids)


def test_each_chart_says_in_words_what_it_draws() -> None:
    for chart in of_class(drawn(SPEND), "chart"):
        named = chart.get("aria-labelledby", "").split()
        children = [(child.tag, child.get("id")) for child in list(chart)[:2]]
        assert (chart.get("role"), children) == ("img", [("title", named[0]), ("desc", named[1])])


def test_a_budget_that_is_not_known_says_why_and_draws_nothing() -> None:
    unknown = Unknown(UnknownKind.UNKNOWN_UNIT, "the limit is in Reqests")
    root = drawn(evaluation(status=Status.UNKNOWN, observed=None, unknown=unknown))
    assert not of_class(root, "chart")
    assert not of_class(root, "meter")
    assert [badge.text for badge in of_class(root, "badge")] == ["? unknown"] * 2
    assert [remark.text for remark in of_class(root, "remark")] == ["Unknown: the limit is in Reqests."]


def test_a_breach_that_is_certain_from_what_is_known_is_drawn_with_its_doubt() -> None:
    unknown = Unknown(UnknownKind.PRICE_UNKNOWN, "no price for x")
    root = drawn(evaluation(["51"], status=Status.BREACHED, unknown=unknown))
    assert len(of_class(root, "chart")) == 2
    assert [badge.text for badge in of_class(root, "badge")] == ["■ over limit"] * 2
    assert [remark.text for remark in of_class(root, "remark")] == ["Not all of it is known: no price for x."]


def test_a_forecast_says_how_many_metrics_it_leaves_out() -> None:
    names = [f"metric_{number}" for number in range(7)]
    root = drawn(evaluation(forecast=forecast("60", left_out=tuple(names))))
    (remark,) = of_class(root, "remark")
    assert not [line for line in lines(root) if "at least" in line]
    assert remark.text == (f"The forecast leaves out what has no price: {', '.join(names[:5])} and 2 more.")


def test_an_amount_that_is_uncertain_is_never_called_ok() -> None:
    unknown = Unknown(UnknownKind.STALE_DATA, "the newest usage is of last week")
    root = drawn(evaluation(["1"], status=Status.UNKNOWN, unknown=unknown))
    assert "1 unknown" in lines(root)[3]
    assert not of_class(root, "ok")


def test_a_window_that_still_settles_stands_in_the_table_alone() -> None:
    current = evaluation(["1"])
    october = window_of(current.budget, day("2026-10-05"))
    root = drawn(current, replace(current, window=october))
    assert len(of_class(root, "card")) == 1
    assert "1 to 31 Oct 2026 over, still settling" in lines(root)
