"""Run the local Cloudflare until a signal: `python -m local.cloudflare --port 8787`."""

from __future__ import annotations

import argparse
import signal
import threading
from datetime import datetime
from pathlib import Path

from local.cloudflare.accounts.examples import crowded
from local.cloudflare.limit import RequestLimit
from local.cloudflare.server import LocalCloudflare


def main() -> None:
    """Serve; the first line printed is the URL, then one line for each account with its token."""
    options = _options()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    limit = RequestLimit() if options.limit else None
    with LocalCloudflare(
        now=options.now, port=options.port, limit=limit, certificate=options.certificate
    ) as cloudflare:
        if options.rows:
            cloudflare.register(crowded(options.rows))
        print(cloudflare.url)
        for account in cloudflare.accounts:
            print(f"{account.id}  {account.credentials.token}  {account.name}", flush=True)
        stop.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.cloudflare", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; a free one when left out")
    parser.add_argument(
        "--now", type=_moment, help="run as if it were this instant, e.g. 2026-11-22T10:00:00Z"
    )
    parser.add_argument("--rows", type=int, default=0, help="add an account with this number of rows a month")
    parser.add_argument(
        "--limit", action="store_true", help="refuse a token that sends more than 1,200 requests in 5 minutes"
    )
    parser.add_argument(
        "--certificate", type=Path, nargs=2, metavar="FILE", help="serve https with this certificate and key"
    )
    return parser.parse_args()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("the time zone is missing; write it, e.g. with a Z at the end")
    return moment


if __name__ == "__main__":
    main()
