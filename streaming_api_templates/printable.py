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
    return _without_commands(shown)


def _without_commands(text: str) -> str:
    """Return a text in which GitHub's runner finds no command before its second line."""
    text = text.replace("##[", f"#{REPLACEMENT}[")
    return f"{REPLACEMENT}{text}" if text.lstrip().startswith("::") else text


#: What a terminal obeys, but for tab and line end; and what changes the direction of a line, by which a text
#: shows as another one than it is: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
OBEYED = frozenset(
    {
        *(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"),
        *(0x061C, 0x200E, 0x200F),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    }
)


def harmless(text: str, instead: str = "\ufffd") -> str:
    r"""Return a text of any number of lines without the characters that a terminal obeys.

    :param instead: stands in the place of each

    >>> harmless("red \x1b[31mtext\n\u202eflow")
    'red �[31mtext\n�flow'
    """
    return text.translate(dict.fromkeys(OBEYED, instead))


def log_line(text: str) -> str:
    r"""Return a text for a log, in which only its first line can look like one of the log.

    A line of its own could be a command to the service that runs the log's job: ``::error::`` is one of
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, and ``##[`` begins
    one anywhere (:func:`one_line`).

    >>> log_line("a request failed: \n::error::no")
    'a request failed: \n| ::error::no'
    """
    return _without_commands(harmless(text)).replace("\n", "\n| ")
