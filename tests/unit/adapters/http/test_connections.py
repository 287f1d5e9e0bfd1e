"""Every pool trusts the same authorities, which are loaded once per process."""

import ssl

import certifi
import pytest

from cloudflare_budgets.adapters.http.connections import Connections
from tests.unit.adapters.http.authorities import count_loads


def test_pools_share_one_context_which_loads_the_authorities_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = count_loads(monkeypatch)
    contexts = {Connections().pool().connection_pool_kw["ssl_context"] for _ in range(8)}
    assert len(contexts) == 1
    assert len(loaded) <= 1


def test_the_context_verifies_certificates_and_refuses_old_versions() -> None:
    context = Connections().pool().connection_pool_kw["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == certifi.contents().count("BEGIN CERTIFICATE")
