"""The known names that a misspelt name is closest to, for "did you mean …?"."""

from collections.abc import Iterable

MOST_NEAREST = 3


def nearest(name: str, known: Iterable[str], most: int = MOST_NEAREST) -> tuple[str, ...]:
    """Return the known names closest to a name, closest first, without regard to case.

    A name is close when a third of its letters differ at most, or when one name begins with the other.
    """
    wanted = _letters(name)
    if not wanted:
        return ()
    found = [(_distance(wanted, _letters(each)), each) for each in set(known)]
    close = sorted((distance, each) for distance, each in found if distance * 3 <= len(wanted))
    begun = sorted((len(each), each) for distance, each in found if _is_beginning(wanted, _letters(each)))
    names = dict.fromkeys([each for _, each in close] + [each for _, each in begun])
    return tuple(names)[:most]


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _is_beginning(one: str, other: str) -> bool:
    return min(len(one), len(other)) > 2 and (one.startswith(other) or other.startswith(one))  # noqa: PLR2004


def _distance(one: str, other: str) -> int:
    """Count the insertions, deletions, replacements and swaps that make one text the other."""
    before, last = list[int](), list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, its_letter in enumerate(other, 1):
            steps = [last[column] + 1, current[-1] + 1, last[column - 1] + (letter != its_letter)]
            if row > 1 < column and letter == other[column - 2] and one[row - 2] == its_letter:
                steps.append(before[column - 2] + 1)
            current.append(min(steps))
        before, last = last, current
    return last[-1]
