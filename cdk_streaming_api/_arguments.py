"""Arguments that Python takes, and that would mean something else than they say."""

from __future__ import annotations

from collections.abc import Sequence


def check_several(name: str, values: Sequence[str]) -> None:
    """Refuse one text where several go: it is a sequence too, of its letters.

    :param name: name of the argument, for the message.
    :raises TypeError: with the list that is probably meant.
    """
    if isinstance(values, str):
        raise TypeError(f"{name} must be a list, got '{values}'; write {name}=['{values}']")
