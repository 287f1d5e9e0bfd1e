"""The limits of the clients, which no environment changes."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, SSLError
from botocore.session import Session

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.http import tls
from cloudflare_budgets.adapters.http.connections import Connections
from local.aws.certificate import write_certificate
from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.unit.adapters.http.authorities import count_loads

CLIENTS = [
    (aws_clients.ssm, 3),
    (aws_clients.dynamodb, 3),
    (aws_clients.sns, 1),
    (aws_clients.s3, 3),
]


@pytest.mark.parametrize(("client", "attempts"), CLIENTS)
@pytest.mark.parametrize(
    "variable", ["AWS_MAX_ATTEMPTS=6", "AWS_RETRY_MODE=legacy", "AWS_RETRY_MODE=adaptive"]
)
def test_the_environment_does_not_change_the_number_of_attempts(
    aws: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    client: Callable[[], BaseClient],
    attempts: int,
    variable: str,
) -> None:
    name, _, value = variable.partition("=")
    monkeypatch.setenv(name, value)
    fresh = client.__wrapped__()  # type: ignore[attr-defined]  # not the one that is kept
    assert fresh.meta.config.retries == {"mode": "standard", "total_max_attempts": attempts}


@pytest.mark.parametrize("client", [client for client, _ in CLIENTS])
def test_no_client_waits_longer_than_a_run_may_last(
    aws: None,  # noqa: ARG001
    client: Callable[[], BaseClient],
) -> None:
    config: Any = client().meta.config  # the stubs declare only some of its attributes
    assert (config.connect_timeout, config.read_timeout) == (2, 5)


@pytest.mark.parametrize("client", [client for client, _ in CLIENTS])
def test_a_client_is_created_once(aws: None, client: Callable[[], BaseClient]) -> None:  # noqa: ARG001
    assert client() is client()


def test_an_error_is_named_by_the_code_of_aws() -> None:
    error = ClientError({"Error": {"Code": "Throttled", "Message": "slow down"}}, "Publish")
    assert aws_clients.error_code(error) == "Throttled"


def test_an_error_without_a_code_is_named_by_its_type() -> None:
    assert aws_clients.error_code(KeyError("token")) == "KeyError"
    assert aws_clients.error_code(ClientError({}, "Publish")) == "ClientError"


@pytest.fixture
def server_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The TLS context of a server at 127.0.0.1, whose certificate `trusted.pem` contains."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    write_certificate(tmp_path / "trusted.pem", tmp_path / "key.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "trusted.pem", tmp_path / "key.pem")
    return context


def test_all_clients_load_their_authorities_once(
    server_context: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = count_loads(monkeypatch)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "trusted.pem"))
    with RawServer(says(answer(b"{}")), tls=server_context) as server:
        monkeypatch.setattr(aws_clients, "_session", _session_to(server.url))
        _fresh(aws_clients.ssm).get_parameter(Name="a")
        _fresh(aws_clients.dynamodb).list_tables()
        _fresh(aws_clients.dynamodb).list_tables()
        assert server.connections == 3
    assert loaded == [str(tmp_path / "trusted.pem")]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_that_the_authorities_do_not_certify_gets_no_request(
    server_context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with RawServer(says(answer(b"{}")), tls=server_context) as server:
        monkeypatch.setattr(aws_clients, "_session", _session_to(server.url.replace("127.0.0.1", host)))
        with pytest.raises(SSLError, match=r"self.signed certificate"):
            _fresh(aws_clients.sns).list_topics()
        assert server.requests == []


def test_a_server_with_a_certificate_for_another_name_gets_no_request(
    server_context: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "trusted.pem"))
    with RawServer(says(answer(b"{}")), tls=server_context) as server:
        monkeypatch.setattr(aws_clients, "_session", _session_to(f"https://127.1:{server.port}"))
        with pytest.raises(SSLError, match=r"mismatch|doesn't match"):
            _fresh(aws_clients.sns).list_topics()
        assert server.requests == []


@pytest.mark.usefixtures("server_context")
def test_without_another_file_the_authorities_are_those_of_cloudflares_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    context = _http_session(_fresh(aws_clients.ssm))._manager.connection_pool_kw["ssl_context"]  # noqa: SLF001
    assert context is tls.tls_context(certifi.where())
    assert context is Connections().pool().connection_pool_kw["ssl_context"]


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.usefixtures("server_context")
def test_all_other_settings_of_the_http_session_are_those_of_botocore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\ntcp_keepalive = true\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv(variable, str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "ssm.eu-west-1.amazonaws.com")
    monkeypatch.setattr(aws_clients, "_session", Session)
    for client, settings in ((aws_clients.ssm, aws_clients.PATIENT), (aws_clients.sns, aws_clients.ONCE)):
        fresh = _fresh(client)
        service = fresh.meta.service_model.service_name
        theirs = Session().create_client(service, config=settings)
        assert _settings(fresh) == _settings(theirs)


def _fresh(client: Callable[[], BaseClient]) -> Any:  # noqa: ANN401 - a client of any service
    return client.__wrapped__()  # type: ignore[attr-defined]  # not the one that is kept


def _session_to(url: str) -> Callable[[], Session]:
    """Return a factory of sessions whose clients call a server instead of AWS."""
    session = Session()
    session.get_component("config_store").set_config_variable("endpoint_url", url)
    return lambda: session


def _http_session(client: BaseClient) -> Any:  # noqa: ANN401 - its settings are private
    return client._endpoint.http_session  # type: ignore[attr-defined] # noqa: SLF001


def _settings(client: BaseClient) -> dict[str, object]:
    found = {name: value for name, value in vars(_http_session(client)).items() if name != "_manager"}
    proxies, timeout = vars(found.pop("_proxy_config")), vars(found.pop("_timeout"))
    return {**found, **proxies, **timeout}
