"""Take out of a text what a terminal or a CI runner would obey: a template may have put anything into it."""

from __future__ import annotations

#: Stands for each character that is not shown.
REPLACEMENT = "\ufffd"


def one_line(text: str) -> str:
    r"""Return a text on one line that commands nothing, with U+FFFD for each character that is not shown.

    Those are control characters, which begin the commands of a terminal, what changes the direction of a
    line, and halves of surrogate pairs, which no encoding has. GitHub's runner obeys a line that begins with
    ``::``, blanks before it or not, and ``##[`` anywhere:
    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs

    >>> one_line("no\n such \x1b[2Jroute")
    'no such �[2Jroute'
    >>> one_line("::error::x ##[group]")
    '�::error::x #�[group]'
    """
    flat = " ".join(text.split())
    shown = "".join(each if each.isprintable() else REPLACEMENT for each in flat)
    shown = shown.replace("##[", f"#{REPLACEMENT}[")
    return f"{REPLACEMENT}{shown}" if shown.startswith("::") else shown
