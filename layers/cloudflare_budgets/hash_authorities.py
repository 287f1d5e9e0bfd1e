"""Splits a file of certificate authorities, so that only the needed ones are loaded.

Usage: python3 hash_authorities.py FILE

Loading all authorities takes 12 ms of each cold start. OpenSSL finds an authority in a folder by the name of
its file, a hash of the subject: https://docs.openssl.org/3.0/man3/X509_LOOKUP_hash_dir/
"""

import hashlib
import shutil
import ssl
import sys
from collections import Counter
from pathlib import Path

_BEGIN = "-----BEGIN CERTIFICATE-----"
_END = "-----END CERTIFICATE-----"
_UTF8, _SET, _SEQUENCE, _VERSION = 0x0C, 0x31, 0x30, 0xA0
_LONG = 0x80  # marks a length of several bytes
# The encodings of the types of strings that OpenSSL converts: UTF8String, PrintableString, T61String,
# IA5String, VisibleString, UniversalString and BMPString.
_STRINGS = {
    _UTF8: "utf-8",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


def main(file: Path) -> None:
    """Write each authority of a file to a file of its own, in the folder `<file>.hashed`."""
    folder = file.with_name(f"{file.name}.hashed")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    found: Counter[str] = Counter()
    for part in file.read_text(encoding="utf-8").split(_BEGIN)[1:]:
        certificate = f"{_BEGIN}{part.partition(_END)[0]}{_END}\n"
        name = subject_hash(ssl.PEM_cert_to_DER_cert(certificate))
        (folder / f"{name}.{found[name]}").write_text(certificate, encoding="ascii")
        found[name] += 1


def subject_hash(certificate: bytes) -> str:
    """Return the hash of the subject of a certificate (DER), as `openssl x509 -hash` does."""
    [(_, body)] = _elements(certificate)
    fields = _elements(_elements(body)[0][1])
    _, subject = fields[5 if fields[0][0] == _VERSION else 4]
    names = (
        sorted(_canonical(attribute) for _, attribute in _elements(name)) for _, name in _elements(subject)
    )
    encoded = b"".join(_element(_SET, b"".join(attributes)) for attributes in names)
    digest = hashlib.sha1(encoded, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _canonical(attribute: bytes) -> bytes:
    """Return an attribute with its string in lower case, and with single spaces between words."""
    (kind, identifier), (tag, value) = _elements(attribute)
    if tag in _STRINGS:
        words = value.decode(_STRINGS[tag]).encode().split()  # bytes: only ASCII is split and converted
        tag, value = _UTF8, b" ".join(words).lower()
    return _element(_SEQUENCE, _element(kind, identifier) + _element(tag, value))


def _elements(content: bytes) -> list[tuple[int, bytes]]:
    """Return the tag and the content of each DER element."""
    found, at = [], 0
    while at < len(content):
        tag, length, at = content[at], content[at + 1], at + 2
        if length & _LONG:
            size = length - _LONG
            length, at = int.from_bytes(content[at : at + size], "big"), at + size
        found.append((tag, content[at : at + length]))
        at += length
    return found


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LONG:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _LONG + size)) + length.to_bytes(size, "big") + content


if __name__ == "__main__":
    main(Path(sys.argv[1]))
