"""A deployment ends with a deployed stack, or with an error that names the state of the stack."""

import pytest

from cloudflare_budgets_cli.settings import CommandError, ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.install import deployment
from cloudflare_budgets_cli.stack.install.deployment import deploy
from cloudflare_budgets_cli.stack.session import Aws


class Caller:
    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


class Sam:
    """Records what would be run."""

    runs: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of_checkout(cls) -> "Sam":
        return cls()

    def run(self, _settings: Settings, *arguments: str) -> None:
        Sam.runs = (*Sam.runs, arguments)


@pytest.fixture(autouse=True)
def _without_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Aws, "sts", lambda _: Caller())
    monkeypatch.setattr(deployment, "Sam", Sam)
    Sam.runs = ()


def stack_goes_through(monkeypatch: pytest.MonkeyPatch, *states: str | None) -> None:
    rest = iter(states)
    monkeypatch.setattr(deployment, "stack_status", lambda _: next(rest))


@pytest.mark.parametrize("before", [None, "REVIEW_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_is_built_and_deployed_without_a_question(
    monkeypatch: pytest.MonkeyPatch, before: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    stack_goes_through(monkeypatch, before, "CREATE_COMPLETE")
    assert deploy(Settings(), {"AlertEmail": "you@example.com"}) is ExitCode.OK
    build, deployed = Sam.runs
    assert build == ("build",)
    assert "--no-confirm-changeset" in deployed
    assert 'AlertEmail="you@example.com"' in deployed
    assert "Deployed cloudflare-budgets (CREATE_COMPLETE)" in capsys.readouterr().err


@pytest.mark.parametrize("after", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", None])
def test_a_stack_that_is_left_in_another_state_is_an_error(
    monkeypatch: pytest.MonkeyPatch, after: str | None
) -> None:
    stack_goes_through(monkeypatch, None, after)
    with pytest.raises(CommandError, match=f"is in the state {after}"):
        deploy(Settings(), {})


@pytest.mark.parametrize("before", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"])
def test_a_stack_that_cannot_be_updated_is_reported_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    stack_goes_through(monkeypatch, before)
    with pytest.raises(UsageError, match="cloudflare-budgets destroy"):
        deploy(Settings(), {})
    assert Sam.runs == ()


@pytest.mark.parametrize(("updates", "is_given"), [(False, True), (True, False)])
def test_a_new_stack_reads_the_prefix_of_the_command(
    monkeypatch: pytest.MonkeyPatch, *, updates: bool, is_given: bool
) -> None:
    stack_goes_through(monkeypatch, "CREATE_COMPLETE", "UPDATE_COMPLETE")
    monkeypatch.setattr(Aws, "stack", {})
    deploy(Settings(prefix="/ours"), {}, updates=updates)
    assert ('ParameterPrefix="/ours"' in Sam.runs[-1]) is is_given
