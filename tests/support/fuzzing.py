"""Documents that are nearly right, for hypothesis."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.support.sizes import SIZE

FUZZED = settings(max_examples=SIZE.fuzz_examples, suppress_health_check=[HealthCheck.too_slow])

_TEXTS = (
    "",
    " ",
    "0",
    "-1",
    "1e5",
    "1e-300000000",
    "NaN",
    "Infinity",
    "9" * 31,
    "0." + "1" * 40,
    "\ud800",
    "\x00\n",
    "\u202e",
    "\uff11\uff10 USD",
    "<!channel>",
    "50 USD",
    "50 usd",
    "100%",
    "100% forecast",
    "80% of allowance",
    "2026-11-22T10:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-13-01",
    "billing_period",
    "x" * 5000,
    "*" * 300,
    "[!a",
)
_NUMBERS = (0, 1, -1, 1.5, 10**24, 10**59, 1e308, -0.0, True, False, None)
_PLAIN = st.sampled_from(_NUMBERS) | st.sampled_from(_TEXTS) | st.text(max_size=20)
_ANY = st.recursive(
    _PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_TEXTS) | st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
# Anything that JSON can say.
anything: st.SearchStrategy[Any] = _ANY


def nearly(documents: Sequence[Mapping[str, Any]]) -> st.SearchStrategy[Any]:
    """Draw one of some documents with up to three parts changed, left out or added."""

    @st.composite
    def draw_one(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:  # noqa: ANN401 - any JSON
        document = copy.deepcopy(dict(draw(st.sampled_from(documents))))
        for _ in range(draw(st.integers(0, 3))):
            path = draw(st.sampled_from(list(_paths(document)) or [()]))
            if not path:
                return draw(_ANY)
            _change(document, path, draw)
        return document

    return draw_one()


def _paths(part: Any, path: tuple[Any, ...] = ()) -> Sequence[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [path, *(deeper for key, value in steps for deeper in _paths(value, (*path, key)))]


def _change(document: Any, path: tuple[Any, ...], draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:  # noqa: ANN401 - any JSON
    *above, last = path
    for step in above:
        document = document[step]
    match draw(st.sampled_from(("change", "leave out", "rename"))):
        case "leave out":
            del document[last]
        case "rename" if isinstance(document, dict):
            document[draw(st.sampled_from(_TEXTS) | st.text(max_size=8))] = document.pop(last)
        case _:
            document[last] = draw(_ANY)
