"""Runs the demo: `make demo`, or `python -m local.demo [--all]` in make's environment."""

import argparse
import signal
import sys
import time
import traceback
from pathlib import Path

from local.aws import LocalAws
from local.demo import details, summary
from local.demo.screen import say, title
from local.demo.story import Outcome, play
from local.demo.subject import Subject, subject

_LOCAL = Path(__file__).resolve().parents[2] / ".local"
_LOG, _PAGE = _LOCAL / "demo.log", _LOCAL / "report.html"


def main() -> int:
    """Run the demo and return the exit code of the process."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    try:
        title("Cloudflare Budgets: from the schedule to the inbox, on this machine")
        with subject() as watched, LocalAws() as aws:
            outcome = _played(watched, aws)
    except Exception as error:  # noqa: BLE001 - the reader gets one line, the log has the traceback
        expected = isinstance(error, RuntimeError | TimeoutError)
        print(f"\n{error if expected else repr(error)}\nDetails: {_LOG}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    if options.all:
        details.show(outcome)
    summary.show(outcome, _saved(outcome.page), everything=options.all)
    print(f"\nEverything that was started has ended, after {time.monotonic() - started:.0f} seconds.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--all", action="store_true", help="print every mail, the JSON and the digest too")
    return parser.parse_args()


def _played(watched: Subject, aws: LocalAws) -> Outcome:
    whose = "local; its account has a program in a loop" if watched.is_local else "the real one"
    say(f"Cloudflare  {watched.api_url}  ({whose})")
    say(f"AWS         {aws.url}  (local, without Docker; IAM policies are enforced)\n")
    try:
        return play(watched, aws)
    except Exception:
        _LOCAL.mkdir(exist_ok=True)
        _LOG.write_text(f"{aws.log()}\n{traceback.format_exc()}")
        raise


def _saved(page: str | None) -> Path | None:
    if page is None:
        return None
    _LOCAL.mkdir(exist_ok=True)
    _PAGE.write_text(page, encoding="utf-8")
    return _PAGE


if __name__ == "__main__":
    sys.exit(main())
