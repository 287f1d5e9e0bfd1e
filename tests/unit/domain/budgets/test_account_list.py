"""The list of a token after each answer of Cloudflare."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.account_list import (
    REPORTED_FOR,
    AccountList,
    ListedAccount,
    renewed,
)
from tests.support.builders import AS_OF

A, B, C = ("a" * 32, "b" * 32, "c" * 32)
ids = st.sampled_from([A, B, C])
answers = st.dictionaries(ids, st.sampled_from(["Prod-1", "Prod-2", "Stage"]))
selections = st.lists(st.one_of(ids, st.sampled_from(["*", "Prod-*", "a*"])), min_size=1)


def test_patterns_select_listed_accounts_by_name_and_by_id() -> None:
    listed = {A: "Prod-1", B: "Stage", C: "Other"}
    found = renewed(None, ["prod-*", "b*"], listed, 1, AS_OF)
    assert found.accounts == {A: ListedAccount("Prod-1"), B: ListedAccount("Stage")}


def test_an_id_is_selected_whether_it_is_listed_or_not() -> None:
    assert renewed(None, [A, B], {A: "Prod-1"}, 1, AS_OF).accounts == {
        A: ListedAccount("Prod-1"),
        B: ListedAccount(None),
    }


def test_an_account_that_is_no_longer_selected_has_not_vanished() -> None:
    listed = {A: "Prod-1", B: "Stage"}
    first = renewed(None, ["*"], listed, 1, AS_OF)
    later = renewed(first, ["Prod-*"], listed, 2, AS_OF + timedelta(hours=1))
    assert later.accounts == {A: ListedAccount("Prod-1")}
    assert later.vanished == {}


def test_a_vanished_account_is_kept_for_a_week() -> None:
    gone = AS_OF + timedelta(days=1)
    first = renewed(None, ["*"], {A: "Prod-1", B: "Stage"}, 1, AS_OF)
    second = renewed(first, ["*"], {A: "Prod-1"}, 1, gone)
    assert second.vanished == {B: ListedAccount("Stage", gone)}
    assert renewed(second, ["*"], {A: "Prod-1"}, 1, gone + timedelta(days=1)).vanished == second.vanished
    assert renewed(second, ["*"], {A: "Prod-1"}, 1, gone + REPORTED_FOR).vanished == {}


def test_a_list_is_used_for_a_day_and_for_its_version_of_the_parameter() -> None:
    found = AccountList(3, AS_OF)
    assert found.is_recent(3, AS_OF + timedelta(hours=22, minutes=59))
    assert not found.is_recent(3, AS_OF + timedelta(hours=23))
    assert not found.is_recent(4, AS_OF)


@given(st.lists(answers, min_size=1, max_size=6), selections)
def test_every_account_that_leaves_the_list_is_reported_as_vanished_at_that_instant(
    history: list[dict[str, str]], selection: list[str]
) -> None:
    before: AccountList | None = None
    for number, listed in enumerate(history):
        now = AS_OF + timedelta(days=number)
        found = renewed(before, selection, listed, 1, now)
        assert found.accounts.keys() <= listed.keys() | set(selection)
        assert found.accounts.keys().isdisjoint(found.vanished)
        left = (
            {each for each in before.accounts if each not in listed} - found.accounts.keys()
            if before
            else set()
        )
        assert {each for each, account in found.vanished.items() if account.since == now} == left
        before = found
