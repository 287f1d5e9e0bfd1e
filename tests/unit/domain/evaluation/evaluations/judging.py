"""The evaluation of one budget on given charges."""

from datetime import datetime

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Usage
from tests.support.builders import AS_OF, budget, known, usage

REQUESTS = '{"limit": "1000 Requests", "scope": {"metric_id": ["workers_*"]}}'


def judge(budgets: list[Budget], found: Usage, as_of: datetime) -> list[Evaluation]:
    return evaluate(budgets, known(found, as_of))


def judged(text: str, *rows: Charge) -> Evaluation:
    return judge([budget(text)], usage(*rows), AS_OF)[0]
