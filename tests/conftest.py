from collections import Counter
from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.support.canaries import given_away
from tests.support.sizes import SIZE

# The same examples on every machine: a failure in CI is a failure at home.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=SIZE.examples)
settings.load_profile("repeatable")


# Fixtures that take seconds. One worker runs the tests of each, so that each is made once.
EXPENSIVE = ("deployment", "artifact", "wheel", "nursery")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests with the same expensive fixture in one worker."""
    for item in items:
        used = [name for name in EXPENSIVE if name in getattr(item, "fixturenames", ())]
        if used:
            item.add_marker(pytest.mark.xdist_group(used[0]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail every test that prints or logs a secret."""
    report = yield
    shown = "\n".join(text for _, text in report.sections)
    if report.passed and "canary" in shown and (secrets := given_away(shown)):
        report.outcome = "failed"
        secrets_shown = f"{len(secrets)} of tests/support/canaries.py"
        report.longrepr = f"what the test prints or logs gives away {secrets_shown}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts that tests record by `record_property`."""
    tried: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        tried.update({what: int(str(number)) for what, number in report.user_properties})
    for what, number in sorted(tried.items()):
        terminalreporter.write_line(f"{number:,} {what}")
