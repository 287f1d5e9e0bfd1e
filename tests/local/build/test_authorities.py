"""With the folder of authorities, the same servers are trusted as with the file."""

from __future__ import annotations

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import NameAttribute, RelativeDistinguishedName
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from cloudflare_budgets.adapters.http.tls import tls_context
from hash_authorities import main as hash_authorities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DAY = timedelta(days=1)
ORG, CN, C = NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME, NameOID.COUNTRY_NAME
NAMES = {
    "printable and UTF-8": [
        NameAttribute(C, "US"),
        NameAttribute(ORG, "Amazon"),
        NameAttribute(CN, "Root CA 1"),
    ],
    "not ASCII": [
        NameAttribute(ORG, "NetLock Kft."),
        NameAttribute(CN, "NetLock Arany (Class Gold) Főtanúsítvány"),
    ],
    "spaces": [NameAttribute(ORG, "  Two   spaces "), NameAttribute(CN, "\tA tab")],
    "T61": [NameAttribute(ORG, "CAPITALS", _ASN1Type.T61String), NameAttribute(CN, "Root")],
    "BMP": [NameAttribute(ORG, "Ünicode", _ASN1Type.BMPString), NameAttribute(CN, "Root")],
    "universal": [NameAttribute(CN, "Ünicode", _ASN1Type.UniversalString)],
    "IA5": [NameAttribute(NameOID.EMAIL_ADDRESS, "CA@example.com"), NameAttribute(CN, "Root")],
    "longer than 127 bytes": [NameAttribute(ORG, "o" * 64), NameAttribute(NameOID.LOCALITY_NAME, "ü" * 100)],
}


@pytest.fixture
def authorities(tmp_path: Path) -> Path:
    """A copy of the file of authorities."""
    copy = tmp_path / "cacert.pem"
    copy.write_text(certifi.contents())
    return copy


def test_each_authority_is_in_the_folder_under_the_name_that_openssl_expects(authorities: Path) -> None:
    hash_authorities(authorities)
    files = sorted(authorities.with_name("cacert.pem.hashed").iterdir())
    assert len(files) == certifi.contents().count("BEGIN CERTIFICATE")
    assert "".join(sorted(file.read_text() for file in files)) == "".join(sorted(_certificates(authorities)))
    for file in files:
        command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(file)]
        expected = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
        assert file.stem == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_server_is_trusted_by_an_authority_of_any_name(authorities: Path, name: str) -> None:
    server, root = _server(x509.Name(NAMES[name]), authorities.with_name("server.pem"))
    with authorities.open("a") as file:
        file.write(root)
    hash_authorities(authorities)
    context = tls_context(str(authorities))
    assert context.get_ca_certs() == []
    _connect(context, server)
    assert len(context.get_ca_certs()) == 1


def test_a_server_is_trusted_by_an_authority_with_several_attributes_in_one_part(authorities: Path) -> None:
    part = RelativeDistinguishedName(
        [NameAttribute(ORG, "Z          Z"), NameAttribute(CN, "Root"), NameAttribute(C, "HU")]
    )
    server, root = _server(x509.Name([part]), authorities.with_name("server.pem"))
    with authorities.open("a") as file:
        file.write(root)
    hash_authorities(authorities)
    _connect(tls_context(str(authorities)), server)


def test_authorities_of_one_name_are_all_found(authorities: Path) -> None:
    name = x509.Name([NameAttribute(CN, "Renewed")])
    made = [_server(name, authorities.with_name(f"{number}.pem")) for number in range(2)]
    with authorities.open("a") as file:
        file.write("".join(root for _, root in made))
    hash_authorities(authorities)
    context = tls_context(str(authorities))
    for server, _ in made:
        _connect(context, server)


def test_a_server_of_another_authority_is_not_trusted(authorities: Path) -> None:
    server, _ = _server(x509.Name([NameAttribute(CN, "Unknown")]), authorities.with_name("server.pem"))
    hash_authorities(authorities)
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer certificate"):
        _connect(tls_context(str(authorities)), server)


def test_an_authority_that_was_removed_from_the_file_is_removed_from_the_folder(authorities: Path) -> None:
    hash_authorities(authorities)
    authorities.write_text(_certificates(authorities)[0])
    hash_authorities(authorities)
    assert len(list(authorities.with_name("cacert.pem.hashed").iterdir())) == 1


def _certificates(file: Path) -> Sequence[str]:
    end = "-----END CERTIFICATE-----\n"
    parts = file.read_text().split(end)[:-1]
    return [f"{part[part.index('-----BEGIN') :]}{end}" for part in parts]


def _server(authority: x509.Name, file: Path) -> tuple[ssl.SSLContext, str]:
    """Return the TLS context of a server, and the new authority (PEM) that certified it."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    subject = x509.Name([NameAttribute(CN, "server")])
    root = (
        _builder(authority, authority, root_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(root_key, SHA256())
    )
    certificate = (
        _builder(subject, authority, key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("server")]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, root.public_bytes(Encoding.PEM).decode()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        builder.not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(identifier, critical=False)
    )


def _connect(context: ssl.SSLContext, server_context: ssl.SSLContext) -> None:
    """Shake hands in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(to_client, to_server, server_hostname="server")
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client.version()
