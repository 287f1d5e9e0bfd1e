"""The commands as typer sees them: parameters and help; each imports what it runs when it runs."""
