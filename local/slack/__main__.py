"""Runs a local Slack until Ctrl+C and prints each posted message: `python -m local.slack`."""

import signal
import threading

from local.slack import LocalSlack


def main() -> None:
    """Print the webhook URL, then each message that is posted."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with LocalSlack() as slack:
        print(f"A local Slack is running. Its webhook: {slack.webhook_url}\nStop it with Ctrl+C.", flush=True)
        seen = 0
        while not stop.wait(0.2):
            for text in slack.shown[seen:]:
                print(f"\n{text}", flush=True)
                seen += 1


if __name__ == "__main__":
    main()
