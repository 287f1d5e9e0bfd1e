"""Two accounts of one name are told apart in every message, from the second account of the first check on."""

import pytest

from cloudflare_budgets.adapters.state_codec import dump_run_state, load_run_state
from cloudflare_budgets.domain.run.state import RunState, shared_names
from cloudflare_budgets.errors import UsageUnavailableError
from tests.support.builders import ACCOUNT_ID, OTHER_ACCOUNT_ID, charge
from tests.support.world import EXAMPLE, OTHER, World

NAME = "Example account"
FIRST, SECOND = f"{NAME} ({ACCOUNT_ID[:8]})", f"{NAME} ({OTHER_ACCOUNT_ID[:8]})"


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        name: f'{{"limit": "50 USD", "account_id": "{whose}", "alert_on": []}}'
        for name, whose in (("one", ACCOUNT_ID), ("two", OTHER_ACCOUNT_ID))
    }
    return world


def use(world: World, cost: str, other: str = NAME) -> list[str]:
    """Check with a cost in both accounts; return the subjects of the new messages."""
    before = len(world.topic.published)
    rows = charge(cost=cost)
    world.usage.rows = {ACCOUNT_ID: [rows], OTHER_ACCOUNT_ID: [rows._replace(billing_account_name=other)]}
    world.run()
    return [message.subject for message in world.topic.published[before:]]


def test_subjects_of_accounts_of_one_name_have_a_short_id(world: World) -> None:
    assert [subject.rpartition(" - ")[2] for subject in use(world, "60")] == [NAME, SECOND]
    assert [subject.rpartition(" - ")[2] for subject in use(world, "130")] == [FIRST, SECOND]


def test_chat_channels_tell_them_apart_too_and_the_json_has_the_name(world: World) -> None:
    use(world, "60")
    first, second = world.topic.published
    assert f'"account":"{NAME}"' in first.attributes["message"]
    assert f'"account":"{SECOND}"' in second.attributes["message"]
    assert {each.alert["account"]["name"] for each in (first, second)} == {NAME}


def test_accounts_of_different_names_have_no_id(world: World) -> None:
    use(world, "60", "Another account")
    subjects = use(world, "130", "Another account")
    assert [subject.rpartition(" - ")[2] for subject in subjects] == [NAME, "Another account"]


def test_the_end_of_an_alert_and_a_problem_tell_them_apart_too(world: World) -> None:
    use(world, "60")
    assert [subject.rpartition(" - ")[2] for subject in use(world, "1")] == [FIRST, SECOND]


def test_a_name_stays_shared_while_an_account_cannot_be_read(world: World) -> None:
    use(world, "60")
    world.usage.rows = {ACCOUNT_ID: [charge(cost="130")], OTHER_ACCOUNT_ID: UsageUnavailableError("503")}
    world.run()
    assert world.topic.published[-1].subject.endswith(f" - {FIRST}")
    world.run()
    assert world.run_store.state.shared_names == (NAME,)


def test_shared_names_are_those_of_several_accounts() -> None:
    assert shared_names(["a", "b", "a"], ()) == ("a",)
    assert shared_names(["a", "b"], ("a",)) == ()
    assert shared_names(["a", None], ("a", "c")) == ("a", "c")
    assert shared_names([None, None], ()) == ()


def test_shared_names_are_saved(world: World) -> None:
    use(world, "60")
    state = RunState(shared_names=(NAME,))
    assert load_run_state(dump_run_state(state)) == state
