"""Counts how often certificate authorities are loaded."""

import ssl

import pytest


def count_loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list to which each later load adds the name of its file."""
    loaded: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def counting(context: ssl.SSLContext, cafile: str | None = None, *others: object) -> None:
        loaded.append(str(cafile))
        load(context, cafile, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counting)
    return loaded
