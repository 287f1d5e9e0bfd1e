import gc
from collections import Counter
from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.scheduler import Scheduler, is_long, is_misplaced
from tests.support.canaries import given_away
from tests.support.sizes import SIZE

# The same examples on every machine: a failure in CI is a failure at home.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=SIZE.examples)
settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduler:
    """Keep tests together that share something expensive."""
    return Scheduler(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import the tests without looking for garbage: almost all that is created stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with long tests, and refuse a test that would make an expensive fixture in several workers."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not is_long(item.nodeid))
    for item in items:
        if is_misplaced(item.nodeid, getattr(item, "fixturenames", [])):
            raise pytest.UsageError(f"{item.nodeid} belongs to a place of tests/scheduler.py.")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let collections of garbage ignore the modules and the thousands of tests, which are never garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


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
