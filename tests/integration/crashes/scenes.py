"""Kinds of runs, each with what happened before: what a run resolves, closes, resends or sums up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.domain.primitives.period import utc_text
from tests.integration.crashes.boundaries import Boundary, Fault, Kind, Side
from tests.integration.crashes.stage import LEASE, PREFIX, Stage
from tests.support.builders import AS_OF

_BUCKET = "pages"


@dataclass(frozen=True)
class Scene:
    """A kind of run: the event that starts it, what happened before, and types of alert that it sends."""

    prepare: Callable[[Stage], None]
    types: frozenset[str]
    event: Mapping[str, str] = field(default_factory=lambda: {"action": "check"})


def _digest(stage: Stage) -> None:
    """Let a check send its alerts an hour before the digest, which stores a page."""
    where = {"LocationConstraint": "eu-west-1"}
    aws_clients.s3().create_bucket(Bucket=_BUCKET, CreateBucketConfiguration=where)  # type: ignore[arg-type]
    stage.monkeypatch.setenv("REPORT_BUCKET_NAME", _BUCKET)
    stage.now -= timedelta(hours=1)
    assert stage.run()
    stage.now += timedelta(hours=1)


def _resolved(stage: Stage) -> None:
    """Let a check report crossings and a problem, then correct all of them."""
    assert stage.run()
    _store("spend", '{"limit": "100000 USD"}')
    _store("requests", '{"limit": "9000000000 Requests", "scope": {"metric_id": ["workers_*"]}}')
    _store("wrong", '{"limit": "100000 USD"}')
    stage.now += timedelta(hours=1)


def _closed(stage: Stage) -> None:
    """Let the month end, and delete a budget."""
    assert stage.run()
    stage.now = AS_OF.replace(month=12, day=2)
    stage.cloudflare.travel_to(stage.now)
    aws_clients.ssm().delete_parameter(Name=f"{PREFIX}/budgets/wrong")


def _resent(stage: Stage) -> None:
    """Let a run end after its first claim, and its lease expire."""
    boundary = Boundary()
    assert stage.run(boundary)
    stage.received()
    stage.begin()
    first = boundary.names.index("sns.Publish")
    assert not stage.run(Boundary(Fault(first, Side.BEFORE, Kind.KILLED)))
    stage.now += LEASE + timedelta(seconds=1)


def _nothing(stage: Stage) -> None:
    """Begin with an empty table."""


def _store(name: str, text: str) -> None:
    aws_clients.ssm().put_parameter(
        Name=f"{PREFIX}/budgets/{name}", Value=text, Type="String", Overwrite=True
    )


_CROSSED = frozenset({"threshold_crossed", "problem"})
SCENES = {
    "digest": Scene(_digest, frozenset({"digest"}), {"action": "digest", "as_of": utc_text(AS_OF)}),
    "first digest": Scene(_nothing, _CROSSED | {"digest"}, {"action": "digest", "as_of": utc_text(AS_OF)}),
    "resolved": Scene(_resolved, frozenset({"resolved"})),
    "closed period": Scene(_closed, frozenset({"period_closed", "problem"})),
    "resent": Scene(_resent, _CROSSED),
}
