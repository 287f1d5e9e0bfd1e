"""What an export writes where no cost is known."""

import csv
import io

import pytest

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, evaluation_context
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets_cli.settings import ExportFormat, Settings
from cloudflare_budgets_cli.usage import export
from cloudflare_budgets_cli.usage.export import exported
from tests.support.builders import AS_OF, charge, day, usage

PERIOD = Period(day("2026-11-01"), day("2026-12-01"))


def context(*quantities: str) -> EvaluationContext:
    """Return usage of a metric that no price list knows, and of one that is billed."""
    unknown = (
        charge(f"2026-11-{20 + at}", each, metric="quantum_runs") for at, each in enumerate(quantities)
    )
    return evaluation_context(usage(charge("2026-11-20", cost="2"), *unknown), AS_OF, prices=shipped_prices())


def test_rows_without_a_known_cost_are_counted_and_have_no_placeholder() -> None:
    found = exported(context("7", "9"), PERIOD, ExportFormat.FOCUS)
    assert found.without_cost == {"quantum_runs": 2}
    costs = {
        row["x_BillableMetricId"]: [row[each] for each in ("BilledCost", "EffectiveCost", "ListCost")]
        for row in csv.DictReader(io.StringIO(found.text))
    }
    assert costs == {"quantum_runs": ["", "", ""], "workers_standard_requests": ["2", "2", "2"]}


def test_without_usage_the_cost_is_zero() -> None:
    found = exported(context("0"), PERIOD, ExportFormat.FOCUS)
    assert found.without_cost == {}
    assert {row["BilledCost"] for row in csv.DictReader(io.StringIO(found.text))} == {"0", "2"}


@pytest.mark.parametrize("export_format", ExportFormat)
def test_the_warning_names_the_metrics(
    export_format: ExportFormat, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "x" * 40)
    monkeypatch.setattr(export, "read", lambda *_: context("7", "9"))
    assert export.run(Settings(), PERIOD, export_format, None) == 0
    warning = capsys.readouterr().err
    assert "No known cost in 2 rows" in warning
    assert "quantum_runs (2)" in warning
    assert ("FOCUS requires a cost" in warning) is (export_format is ExportFormat.FOCUS)
