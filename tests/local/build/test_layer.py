"""What ships with the layer is what the package calls."""

import re
import shutil
from pathlib import Path

import botocore
import pytest
from botocore.client import BaseClient
from botocore.loaders import Loader
from botocore.session import Session

from trim_botocore import main as trim

ROOT = Path(__file__).parents[3]
LAYER = ROOT / "layers" / "cloudflare_budgets"
ADAPTERS = LAYER / "cloudflare_budgets" / "adapters" / "aws"
DATA = Path(botocore.__file__).parent / "data"
[SERVICES] = re.findall(r"^AWS_SERVICES := (.+)$", (LAYER / "Makefile").read_text(), re.MULTILINE)
CALL = re.compile(
    r'client\.get_paginator\("(\w+)"\)'
    r'|_client\(\)\s*\.(?:get_paginator\("(\w+)"\)|generate_presigned_url\(\s*"(\w+)"|(\w+)\()'
)


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    for service in SERVICES.split():
        shutil.copytree(DATA / service, data / service)
    for file in DATA.glob("*.json"):
        shutil.copy(file, data)
    trim(data, [LAYER / "cloudflare_budgets", ROOT / "functions"])
    return data


def client(service: str, region: str, data: Path) -> BaseClient:
    session = Session()
    session.register_component("data_loader", Loader([str(data)], include_default_search_paths=False))
    found: BaseClient = session.create_client(
        service, region, aws_access_key_id="x", aws_secret_access_key="x"
    )
    return found


def test_botocore_can_describe_each_service_that_a_client_is_made_for_and_no_other() -> None:
    clients = (ADAPTERS / "clients.py").read_text()
    made = re.findall(r'_client\("([\w-]+)"', clients)
    assert SERVICES.split() == sorted(made)


def test_each_operation_that_the_adapters_call_is_included_and_most_others_are_removed(trimmed: Path) -> None:
    sources = "\n".join(file.read_text() for file in ADAPTERS.parent.rglob("*.py"))
    called = {name for names in CALL.findall(sources) for name in names if name}
    called -= {"get_paginator", "generate_presigned_url"}
    kept = {
        name
        for service in SERVICES.split()
        for name in client(service, "us-east-1", trimmed).meta.method_to_api_mapping
    }
    assert {"get_parameters_by_path", "query", "publish", "put_object", "get_object"} <= called
    assert called <= kept
    assert {"create_session", "head_bucket"} <= kept  # called by botocore itself
    assert len(kept) < 2 * len(called)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])
def test_the_trimmed_clients_describe_each_operation_and_endpoint_as_before(
    region: str, trimmed: Path
) -> None:
    for service in SERVICES.split():
        ours, full = client(service, region, trimmed), client(service, region, DATA)
        assert ours.meta.endpoint_url == full.meta.endpoint_url
        for name in ours.meta.service_model.operation_names:
            its, before = (each.meta.service_model.operation_model(name) for each in (ours, full))
            assert described(its.input_shape) == described(before.input_shape)
            assert described(its.output_shape) == described(before.output_shape)
            assert [shape.name for shape in its.error_shapes] == [shape.name for shape in before.error_shapes]


def described(shape: object, seen: frozenset[str] = frozenset()) -> object:
    name = getattr(shape, "name", None)
    if name is None or name in seen:
        return name
    members = [*getattr(shape, "members", {}).items()]
    members += [(each, getattr(shape, each)) for each in ("member", "key", "value") if hasattr(shape, each)]
    serialized = getattr(shape, "serialization", None)
    return name, serialized, [(key, described(each, seen | {name})) for key, each in members]
