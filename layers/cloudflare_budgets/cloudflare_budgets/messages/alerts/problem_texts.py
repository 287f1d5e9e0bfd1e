"""The texts of each kind of problem: its headline, its end, what to do, and what can happen."""

from dataclasses import dataclass

from cloudflare_budgets.domain.primitives.text import MAX_NAME, sanitize

_LEAST_NAME = 12
_CREDENTIAL = (
    "Store a credential that may read billing usage, and check that the account id in the parameter's name "
    "is right: aws ssm put-parameter --overwrite --type SecureString --name "
    "{prefix}/accounts/{account}/api-token --value file:///dev/stdin"
)
_BUDGET = (
    "Correct the budget: aws ssm put-parameter --overwrite --type String --name {prefix}/budgets/{subject}"
    " --value '{{...}}'"
)
_PRICES = (
    "Compare with the account's billing page. If you know the price, write it into the parameter "
    "{prefix}/prices: aws ssm put-parameter --overwrite --type String --name {prefix}/prices "
    "--value '{{...}}'"
)
_WAIT = (
    "Compare with the account's billing page until the usage API has caught up; no parameter needs a change."
)
_CALENDAR = (
    'Give the budgets of this account a calendar period, for example "month", in {prefix}/budgets/<name>: '
    "aws ssm get-parameters-by-path --path {prefix}/budgets"
)


@dataclass(frozen=True, slots=True)
class ProblemText:
    """The words of a kind of problem; `{}` is what it is about.

    `action` may name `{subject}`, `{account}` and `{prefix}`, the root of the parameter names.
    """

    headline: str
    resolution: str
    action: str
    consequence: str = "Until this is corrected, spending can grow without an alert."


PROBLEM_TEXTS = {
    "access_denied": ProblemText(
        "Cloudflare refuses the credential of {}",
        "Cloudflare accepts the credential of {} again",
        _CREDENTIAL,
    ),
    "account_unknown": ProblemText(
        "account {} has no credential",
        "account {} has a credential",
        "Add a credential, or correct the account id in the event: aws ssm put-parameter --type SecureString "
        "--name {prefix}/accounts/{account}/api-token --value file:///dev/stdin",
    ),
    "invalid_account": ProblemText(
        "unusable account parameter {}",
        "account parameter {} is used again",
        "Store the credential again: aws ssm put-parameter --overwrite --type SecureString --name {subject} "
        "--value file:///dev/stdin",
    ),
    "invalid_budget": ProblemText(
        "budget {} is invalid and is not watched", "budget {} is watched again", _BUDGET
    ),
    "not_watched": ProblemText(
        "no longer watched: {}",
        "watched again: {}",
        "If a budget was deleted by accident, create it again: aws ssm put-parameter --type String --name "
        "{prefix}/budgets/<name> --value '{{...}}'",
    ),
    "account_vanished": ProblemText(
        "accounts of {} vanished and are no longer watched",
        "accounts of {} are watched again",
        "If that is not intended, add the accounts to the token at Cloudflare, or store a token of their own "
        "in {prefix}/accounts/<account id>/api-token.",
    ),
    "accounts_not_listed": ProblemText(
        "Cloudflare does not list the accounts of {}",
        "Cloudflare lists the accounts of {} again",
        "Give the token the permission Account Settings Read, or write account ids instead of patterns: aws "
        "ssm put-parameter --overwrite --type SecureString --name {subject} --value file:///dev/stdin",
    ),
    "invalid_budgets_object": ProblemText(
        "invalid part of {}",
        "{} is valid",
        "Correct the object that the stack parameter BudgetsObject names, and upload it again; no parameter "
        "needs a change.",
    ),
    "duplicate_budget": ProblemText(
        "budget {} is written twice",
        "budget {} is written once",
        "Delete one of the two: aws ssm delete-parameter --name {prefix}/budgets/{subject}",
    ),
    "digest_missing": ProblemText(
        "no {} is sent any more",
        "the {} is sent again",
        "Set the stack parameter DigestSchedule again; if that is meant, no parameter needs a change.",
    ),
    "not_judged": ProblemText(
        "periods of {} were never evaluated",
        "all periods of {} are evaluated",
        "Compare these periods with the account's billing page; no parameter needs a change.",
    ),
    "no_subscriber": ProblemText(
        "no person is subscribed to the {}",
        "the {} has a confirmed subscription",
        "Subscribe an address (stack parameter AlertEmail) and follow the link in the confirmation mail; "
        "no parameter needs a change.",
    ),
    "no_operations_subscriber": ProblemText(
        "no person is subscribed to the {}",
        "the {} has a confirmed mail address",
        "Subscribe an address (stack parameter OperationsEmail, or aws sns subscribe --protocol email) and "
        "follow the link in the confirmation mail; no parameter needs a change.",
        "Until this is corrected, checks can fail or stop without a message.",
    ),
    "prices_outdated": ProblemText(
        "the {} of this version is old",
        "the {} is recent again",
        "Install the latest version (git pull, then make deploy), or write the prices that changed into the "
        "parameter {prefix}/prices: aws ssm put-parameter --overwrite --type String --name {prefix}/prices "
        "--value '{{...}}'",
        "Until this is corrected, estimated costs can differ from the bill; costs from Cloudflare do not.",
    ),
    "no_budgets": ProblemText(
        "nothing is watched: no budget in {}",
        "there is a budget in {}",
        "Add a budget: aws ssm put-parameter --type String --name {prefix}/budgets/spend --value "
        '\'{{"limit": "50 USD"}}\'',
    ),
    "no_accounts": ProblemText(
        "nothing is watched: no account in {}",
        "there is an account in {}",
        "Add an account: aws ssm put-parameter --type SecureString --name "
        "{prefix}/accounts/<account id>/api-token --value file:///dev/stdin",
    ),
    "no_data": ProblemText("no usage data for {}", "there is usage data for {} again", _WAIT),
    "stale_data": ProblemText("usage data of {} is old", "usage data of {} is recent again", _WAIT),
    "cost_unavailable": ProblemText("no costs for {}", "costs of {} are known again", _PRICES),
    "price_unknown": ProblemText(
        "costs of {} cannot all be estimated", "all costs of {} can be estimated", _PRICES
    ),
    "cost_disagrees": ProblemText(
        "budget {} is within its limit, but prices disagree",
        "prices agree with the costs of budget {}",
        _PRICES,
    ),
    "no_allowance": ProblemText(
        "budget {} covers metrics without a known allowance",
        "all metrics of budget {} have a known allowance",
        "Leave the metrics out of the budget's scope, or write their allowance into the parameter "
        "{prefix}/prices: aws ssm get-parameter --name {prefix}/budgets/{subject}",
    ),
    "invalid_price": ProblemText(
        "invalid price in {}",
        "the price in {} is used",
        "Correct the price: aws ssm put-parameter --overwrite --type String --name {prefix}/prices "
        "--value '{{...}}'",
    ),
    "invalid_mute": ProblemText(
        "invalid mute in {}",
        "the mute in {} is used",
        "Correct the mute: aws ssm put-parameter --overwrite --type String --name {prefix}/mutes "
        "--value '{{...}}'",
    ),
    "unknown_unit": ProblemText(
        "budget {} does not fit the units of its usage", "budget {} is watched again", _BUDGET
    ),
    "unknown_currency": ProblemText(
        "budget {} does not fit the currency of its usage", "budget {} is watched again", _BUDGET
    ),
    "usage_unavailable": ProblemText(
        "usage of {} cannot be read",
        "usage of {} can be read again",
        "Wait for the next check. If the problem stays, look at the function's log, and check that "
        "{prefix}/accounts/{account}/api-token holds a valid credential.",
    ),
    "not_covered": ProblemText(
        "Cloudflare's usage API does not serve {}", "Cloudflare's usage API serves {} again", _CREDENTIAL
    ),
    "history_unavailable": ProblemText(
        "usage of {} does not reach back far enough",
        "usage of {} reaches back far enough again",
        "Compare this period with the account's billing page; the next period is read as a whole.",
    ),
    "billing_period_unknown": ProblemText(
        "the billing period of {} is unknown", "the billing period of {} is known again", _CALENDAR
    ),
    "metric_vanished": ProblemText(
        "a metric of {} has vanished", "the usage data of {} is complete again", _WAIT
    ),
    "usage_went_down": ProblemText(
        "usage of {} went down afterwards", "the usage data of {} is consistent again", _WAIT
    ),
    "missing_days": ProblemText("usage of {} has a gap", "usage of {} has no gap any more", _WAIT),
    "totals_contradict": ProblemText(
        "usage of {} contradicts its own totals", "usage of {} agrees with its totals again", _WAIT
    ),
    "not_summable": ProblemText(
        "budget {} counts what cannot be added up", "budget {} is watched again", _BUDGET
    ),
    "no_matching_usage": ProblemText(
        "budget {} matches no usage",
        "budget {} matches usage",
        "Correct the budget's scope, or leave it if the product is unused: aws ssm get-parameter --name "
        "{prefix}/budgets/{subject}",
    ),
}
_OTHER = ProblemText("{}", "this problem has ended: {}", "")


def problem_headline(kind: str, subject: str, room: int = 10 * MAX_NAME) -> str:
    """Name a problem in one line of at most `room` characters, if its subject can be cut so far."""
    return _filled(PROBLEM_TEXTS[kind].headline if kind in PROBLEM_TEXTS else f"{kind} {{}}", subject, room)


def resolution_text(kind: str, subject: str, room: int = 10 * MAX_NAME) -> str:
    """Return the headline of a problem's end, within `room` characters like the problem's own."""
    return _filled(PROBLEM_TEXTS.get(kind, _OTHER).resolution, subject, room)


def problem_action(kind: str, subject: str, account_id: str | None, prefix: str) -> str:
    """Say what to do about a problem, with the parameter's name and the command."""
    account = account_id or "<account id>"
    return PROBLEM_TEXTS.get(kind, _OTHER).action.format(
        subject=sanitize(subject), account=account, prefix=prefix
    )


def problem_consequence(kind: str) -> str:
    """Say what can happen until a problem is corrected."""
    return PROBLEM_TEXTS.get(kind, _OTHER).consequence


def _filled(words: str, subject: str, room: int) -> str:
    return words.format(sanitize(subject, min(max(room - len(words.format("")), _LEAST_NAME), MAX_NAME)))
