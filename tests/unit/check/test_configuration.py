import pytest

from cloudflare_budgets.check.configuration import assign
from tests.support.builders import ACCOUNT_ID, OTHER_ACCOUNT_ID, PREFIX

SMALLEST = '{"limit": "50 USD"}'


def test_a_budget_without_an_account_watches_the_only_one() -> None:
    found = assign({"spend": SMALLEST}, [ACCOUNT_ID], PREFIX)
    assert [budget.name for budget in found.budgets[ACCOUNT_ID]] == ["spend"]
    assert found.problems == ()


def test_with_several_accounts_a_budget_must_name_its_own() -> None:
    found = assign({"spend": SMALLEST}, [ACCOUNT_ID, OTHER_ACCOUNT_ID], PREFIX)
    assert found.budgets == {}
    (problem,) = found.problems
    assert (problem.kind, problem.subject, problem.account_id) == ("invalid_budget", "spend", None)
    assert "/cloudflare-budgets/budgets/spend: account_id: found nothing" in problem.message
    assert ACCOUNT_ID in problem.message


@pytest.mark.parametrize(("count", "named"), [(3, "(a1, a2, a3)"), (4, "(a1, a2, a3, ...)")])
def test_of_many_accounts_three_are_named(count: int, named: str) -> None:
    account_ids = [f"a{number}" for number in range(1, count + 1)]
    (problem,) = assign({"spend": SMALLEST}, account_ids, PREFIX).problems
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
    (problem,) = assign({"mistaken": text}, account_ids, PREFIX).problems
    assert problem.account_id == told_to


def test_a_budget_of_an_account_without_a_credential_says_which_parameter_is_missing() -> None:
    text = f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}'
    (problem,) = assign({"spend": text}, [ACCOUNT_ID], PREFIX).problems
    assert f"/cloudflare-budgets/accounts/{OTHER_ACCOUNT_ID}/api-token" in problem.message


def test_one_bad_budget_does_not_stop_the_others() -> None:
    found = assign({"bad": "{", "good": SMALLEST}, [ACCOUNT_ID], PREFIX)
    assert [budget.name for budget in found.budgets[ACCOUNT_ID]] == ["good"]
    assert [problem.subject for problem in found.problems] == ["bad"]
    assert found.problems[0].account_id == ACCOUNT_ID
