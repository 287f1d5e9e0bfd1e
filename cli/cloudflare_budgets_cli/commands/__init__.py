"""The commands for typer: parameters and help; each imports its code when it runs."""
