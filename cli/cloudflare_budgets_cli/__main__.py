"""Runs the command line: `python -m cloudflare_budgets_cli`."""

from cloudflare_budgets_cli.app import main

if __name__ == "__main__":
    main()
