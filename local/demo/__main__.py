"""The demo: `make demo`, or `python -m local.demo` inside the environment that make sets up."""

import json
import signal
import sys
import time
import traceback
from pathlib import Path

from local.aws import LocalAws, build, deploy
from local.demo.screen import budgets, emails, machine, say, step, title
from local.demo.subject import Subject, subject
from local.demo.watcher import Watcher

_ADDRESS = "you@example.com"
_PARAMETERS = {"AlertEmail": _ADDRESS, "DigestReport": "true"}
_BUDGETS = {
    "spend": {"limit": "50 USD", "thresholds": ["80%", "100%", "100% forecast"]},
    "included": {"limit": "100% of allowance", "thresholds": ["80%", "100% forecast"]},
    "requests": {"limit": "1000000 Requests", "treshold": ["80%"]},
}
# The local account uses everything there is, and some twenty allowances of it up.
_LOCAL_SCOPE = {"scope": {"product_family": ["*KV*"]}}
_LOG = Path(__file__).resolve().parents[2] / ".local" / "demo.log"
_PAGE = _LOG.with_name("report.html")


def main() -> int:
    """Run the demo and give the process's exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    try:
        title("Cloudflare Budgets: from schedule to inbox, on this machine")
        with subject() as watched, LocalAws() as aws:
            try:
                _show(watched, aws)
            except Exception:
                _LOG.parent.mkdir(exist_ok=True)
                _LOG.write_text(f"{aws.log()}\n{traceback.format_exc()}")
                raise
    except Exception as error:  # noqa: BLE001 - a person reads this; the trace is in the log
        expected = isinstance(error, RuntimeError | TimeoutError)
        print(f"\n{error if expected else repr(error)}\nMore is in {_LOG}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    print(f"\nEverything that was started has ended again, after {time.monotonic() - started:.0f} seconds.")
    print("To watch your own account: make deploy; README.md says the rest.")
    return 0


def _show(watched: Subject, aws: LocalAws) -> None:
    _introduce(watched, aws)
    watcher = _set_up(watched, aws)
    with step("EventBridge Scheduler starts a check"):
        watcher.start_by_schedule()
        watcher.wait_for_run()
    title("What arrives by e-mail")
    # SNS keeps no order: what is critical is shown first.
    deliveries = sorted(watcher.mailbox.read(), key=lambda one: one.attributes["severity"])
    if deliveries:
        say("No mail leaves this machine: these are the subjects and texts that SNS handed over.\n")
    else:
        say("Nothing: no budget was crossed and there is no problem to tell.")
    emails(deliveries, _ADDRESS)
    for delivery in deliveries[:1]:
        title("What a program subscribed to the same topic gets with the first of them")
        machine(delivery)
    title("Once more")
    with step("The function checks again"):
        reply = watcher.check()
    budgets(reply)
    say(f"Messages sent this time: {len(watcher.mailbox.read())}. Each alert goes out once.")
    _show_digest(watcher)


def _show_digest(watcher: Watcher) -> None:
    title("And on Mondays")
    with step("The digest's schedule starts a check too"):
        watcher.check("digest")
    emails(watcher.mailbox.read(), _ADDRESS)
    for page in watcher.pages():
        _PAGE.write_text(page, encoding="utf-8")
        say("The mail's link ends with this demo. The page with the charts that it leads to is here:")
        say(f"    {_PAGE}")


def _introduce(watched: Subject, aws: LocalAws) -> None:
    whose = "a local one; one account has a program in a loop" if watched.is_local else "the real one"
    say(f"Cloudflare  {watched.api_url}  ({whose})")
    say(f"AWS         {aws.url}  (MiniStack, with the template's IAM policies enforced)\n")


def _set_up(watched: Subject, aws: LocalAws) -> Watcher:
    with step("sam build: the function and its layer"):
        template = build()
    with step("sam deploy: template.yaml as you would deploy it"):
        stack = deploy(aws, template, _PARAMETERS | {"CloudflareApiUrl": watched.api_url})
    watcher = Watcher(aws, stack)
    written = _budgets(watched)
    with step("Store a token and three budgets in SSM Parameter Store"):
        watcher.store(f"accounts/{watched.account_id}/api-token", watched.token, secret=True)
        for name, budget in written.items():
            watcher.store(f"budgets/{name}", budget)
    say(f"/cloudflare-budgets/accounts/{watched.account_id}/api-token")
    for name, budget in written.items():
        say(f"/cloudflare-budgets/budgets/{name}")
        say(f"    {budget}")
    say("    (This last one has a misspelt key, on purpose: a mail will say so.)")
    return watcher


def _budgets(watched: Subject) -> dict[str, str]:
    local = {"included": _BUDGETS["included"] | _LOCAL_SCOPE} if watched.is_local else {}
    return {name: json.dumps(budget) for name, budget in (_BUDGETS | local).items()}


if __name__ == "__main__":
    sys.exit(main())
