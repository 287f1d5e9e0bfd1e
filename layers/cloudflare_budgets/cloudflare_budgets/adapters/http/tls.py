"""TLS settings of all connections, with authorities that are loaded once per process."""

import ssl
from functools import cache
from pathlib import Path

from urllib3.util.ssl_ import create_urllib3_context


@cache
def tls_context(authorities: str) -> ssl.SSLContext:
    """Return the shared context that verifies servers with the authorities in a file.

    Loading all authorities takes 12 ms of CPU time, a twentieth of a cold start. So the built layer also
    contains a folder in which OpenSSL finds the authority that it needs (hash_authorities.py).
    """
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED, ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
    hashed = Path(f"{authorities}.hashed")
    if hashed.is_dir():
        context.load_verify_locations(capath=hashed)
    else:
        context.load_verify_locations(authorities)
    return context
