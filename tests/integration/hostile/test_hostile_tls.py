"""A server that cannot prove it is Cloudflare gets no request, and is not tried again."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cloudflare_budgets.errors import UsageUnavailableError
from tests.integration.hostile.deadlines import Reader
from tests.integration.hostile.raw_server import RawServer, answer, says

if TYPE_CHECKING:
    from pathlib import Path

_DAY = timedelta(days=1)


def test_a_certificate_that_is_trusted_and_fits_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = _certified(tmp_path, monkeypatch)
    with RawServer(says(answer()), tls=context) as server:
        assert list(Reader(server.url).read()) == []
        assert len(server.requests) == 1


def test_an_untrusted_certificate_is_refused(tmp_path: Path) -> None:
    _refused(_certified(tmp_path, None), "certificate of Cloudflare is not accepted: self.signed certificate")


def test_an_expired_certificate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = _certified(tmp_path, monkeypatch, until=-_DAY)
    _refused(context, "certificate of Cloudflare is not accepted: certificate has expired")


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = _certified(tmp_path, monkeypatch, address="127.0.0.2")
    _refused(context, "certificate of Cloudflare is not accepted: IP address mismatch")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_tls_before_1_2_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = _certified(tmp_path, monkeypatch)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    _refused(context, "no secure connection to Cloudflare")


def test_plain_http_on_a_tls_port_is_refused() -> None:
    refusal = says(answer(status="400 Bad Request"))
    with RawServer(refusal, until=b"\x16\x03") as server:  # how a handshake begins
        reader = Reader(server.url.replace("http://", "https://"))
        reader.is_refused(UsageUnavailableError, "no secure connection to Cloudflare")
        assert server.connections == 1


def _refused(context: ssl.SSLContext, words: str) -> None:
    with RawServer(says(answer()), tls=context) as server:
        reader = Reader(server.url)
        reader.is_refused(UsageUnavailableError, words)
        assert server.requests == []
        assert server.connections == 1
        assert reader.waits == []


def _certified(
    folder: Path, trusting: pytest.MonkeyPatch | None, until: timedelta = _DAY, address: str = "127.0.0.1"
) -> ssl.SSLContext:
    """Make a server's certificate for an address, trusted from here on if `trusting` is given."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Nobody")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - 3 * _DAY)
        .not_valid_after(now + until)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, SHA256())
    )
    file = folder / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + secret)
    if trusting:
        trusting.setattr(certifi, "where", lambda: str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
