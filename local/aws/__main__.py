"""Runs a local AWS until it is interrupted: `python -m local.aws`."""

import signal

from local.aws import LocalAws


def main() -> None:
    """Start a local AWS, print its settings, and wait for Ctrl+C."""
    with LocalAws() as aws:
        print("A local AWS is running. For the AWS CLI, SAM and boto3:")
        for name, value in aws.environment.items():
            if name.startswith("AWS_"):
                print(f"  export {name}={value}")
        print("Stop it with Ctrl+C.", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
