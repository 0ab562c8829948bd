"""Removes from a text what a terminal would obey: a server may have put anything into it."""

from __future__ import annotations


def one_line(text: str) -> str:
    r"""Return a text on one line, with U+FFFD for each character that cannot be printed.

    Those are control characters, which begin the commands of a terminal, what changes the direction of a
    line, and halves of surrogate pairs, which no encoding has.

    >>> one_line("no\n such \x1b[2Jroute")
    'no such �[2Jroute'
    """
    flat = " ".join(text.split())
    return "".join(each if each.isprintable() else "\ufffd" for each in flat)
