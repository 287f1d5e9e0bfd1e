import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.account import AccountReference, is_account_pattern
from cloudflare_budgets.domain.run.assignment import Assignment, assign, budgets_of
from tests.support.builders import ACCOUNT_ID, OTHER_ACCOUNT_ID, PREFIX

SMALLEST = '{"limit": "50 USD"}'


def test_a_budget_without_an_account_watches_the_only_one() -> None:
    found = assign({"spend": SMALLEST}, {ACCOUNT_ID: None}, PREFIX)
    assert [budget.name for budget in found.budgets[ACCOUNT_ID]] == ["spend"]
    assert found.problems == ()


def test_with_several_accounts_a_budget_must_name_its_own() -> None:
    found = assign({"spend": SMALLEST}, dict.fromkeys([ACCOUNT_ID, OTHER_ACCOUNT_ID]), PREFIX)
    assert found.budgets == {}
    (problem,) = found.problems
    assert (problem.kind, problem.subject, problem.account_id) == ("invalid_budget", "spend", None)
    assert "/cloudflare-budgets/budgets/spend: account_id: found nothing" in problem.message
    assert ACCOUNT_ID in problem.message


@pytest.mark.parametrize(("count", "named"), [(3, "(a1, a2, a3)"), (4, "(a1, a2, a3, ...)")])
def test_of_many_accounts_three_are_named(count: int, named: str) -> None:
    account_ids = [f"a{number}" for number in range(1, count + 1)]
    (problem,) = assign({"spend": SMALLEST}, dict.fromkeys(account_ids), PREFIX).problems
    assert f"one of the {count} configured accounts {named}" in problem.message


@pytest.mark.parametrize(
    ("named", "account_ids", "told_to"),
    [
        (ACCOUNT_ID, [ACCOUNT_ID, OTHER_ACCOUNT_ID], ACCOUNT_ID),
        (OTHER_ACCOUNT_ID, [ACCOUNT_ID], ACCOUNT_ID),
        ("1" * 32, [ACCOUNT_ID, OTHER_ACCOUNT_ID], None),
    ],
)
def test_a_mistake_belongs_to_the_account_it_names_or_to_the_only_one(
    named: str, account_ids: list[str], told_to: str | None
) -> None:
    text = f'{{"limit": "50", "account_id": "{named}"}}'
    (problem,) = assign({"mistaken": text}, dict.fromkeys(account_ids), PREFIX).problems
    assert problem.account_id == told_to


def test_a_budget_of_an_account_without_a_credential_says_which_parameter_is_missing() -> None:
    text = f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}'
    (problem,) = assign({"spend": text}, {ACCOUNT_ID: None}, PREFIX).problems
    assert f"/cloudflare-budgets/accounts/{OTHER_ACCOUNT_ID}/api-token" in problem.message


def test_one_bad_budget_does_not_stop_the_others() -> None:
    found = assign({"bad": "{", "good": SMALLEST}, {ACCOUNT_ID: None}, PREFIX)
    assert [budget.name for budget in found.budgets[ACCOUNT_ID]] == ["good"]
    assert [problem.subject for problem in found.problems] == ["bad"]
    assert found.problems[0].account_id == ACCOUNT_ID


PROD, STAGE = ACCOUNT_ID, OTHER_ACCOUNT_ID
NAMED = {PROD: "Prod-Shop", STAGE: "Stage"}


def reference(account_id: str, name: str | None) -> AccountReference:
    return AccountReference(account_id, "", name)


def pattern(text: str) -> dict[str, str]:
    return {"spend": json.dumps({"limit": "50 USD", "account_id": text})}


@pytest.mark.parametrize(
    ("text", "matching"),
    [
        ("*", [PROD, STAGE]),
        ("Prod-*", [PROD]),
        ("prod-*", [PROD]),
        ("?tage", [STAGE]),
        ("[ps]*", [PROD, STAGE]),
        (f"{STAGE[:4]}*", [STAGE]),
    ],
)
def test_a_pattern_assigns_the_budget_to_each_matching_account(text: str, matching: list[str]) -> None:
    found = assign(pattern(text), NAMED, PREFIX)
    assert sorted(found.budgets) == sorted(matching)
    assert {budget.name for budgets in found.budgets.values() for budget in budgets} == {"spend"}
    assert found.problems == ()


def test_a_pattern_that_matches_no_account_names_the_nearest_names() -> None:
    (problem,) = assign(pattern("Prodd-*"), NAMED, PREFIX).problems
    assert problem.kind == "invalid_budget"
    assert problem.message == (
        '/cloudflare-budgets/budgets/spend: account_id: found "Prodd-*", expected a pattern that matches the '
        f"id or the name of one of the 2 configured accounts ({PROD} (Prod-Shop), {STAGE} (Stage)); "
        'did you mean "Prod-Shop"?'
    )


def test_without_any_account_only_the_missing_accounts_are_reported() -> None:
    assert assign(pattern("*"), {}, PREFIX) == Assignment({}, ())


def test_one_account_alone_has_its_own_budgets_and_those_whose_pattern_matches() -> None:
    documents = {"bad": f'{{"limit": "50", "account_id": "{PROD}"}}', "none": SMALLEST, **pattern("Prod-*")}
    found = budgets_of(documents, reference(PROD, "Prod-Shop"), PREFIX, is_only=False)
    assert [budget.name for budget in found.budgets[PROD]] == ["spend"]
    assert [(problem.subject, problem.account_id) for problem in found.problems] == [("bad", PROD)]
    assert budgets_of(documents, reference(STAGE, "Stage"), PREFIX, is_only=False) == Assignment({}, ())


def test_the_only_account_has_the_budgets_that_name_none() -> None:
    found = budgets_of({"none": SMALLEST}, reference(PROD, None), PREFIX, is_only=True)
    assert [budget.name for budget in found.budgets[PROD]] == ["none"]


wildcards = st.text("abP-*?", min_size=1, max_size=6).filter(is_account_pattern)
names = st.one_of(st.none(), st.text("abp-", min_size=1, max_size=6))
accounts_by_id = st.dictionaries(st.sampled_from([letter * 32 for letter in "abcdef"]), names, min_size=2)
targets = st.one_of(st.none(), wildcards, st.sampled_from(["a" * 32, "9" * 32]))


@given(accounts_by_id, st.dictionaries(st.sampled_from(["b1", "b2", "b3"]), targets))
def test_accounts_by_themselves_have_the_same_budgets_as_all_together(
    accounts: dict[str, str | None], targets: dict[str, str | None]
) -> None:
    documents = {
        name: json.dumps({"limit": "50 USD", "account_id": target}) for name, target in targets.items()
    }
    together = assign(documents, accounts, PREFIX)
    apart = {
        account_id: budgets_of(documents, reference(account_id, name), PREFIX, is_only=False).budgets
        for account_id, name in accounts.items()
    }
    assert together.budgets == {each: found[each] for each, found in apart.items() if found}
    watched = {budget.name for budgets in together.budgets.values() for budget in budgets}
    assert {problem.subject for problem in together.problems} == set(documents) - watched
