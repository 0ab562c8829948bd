"""Let nothing from outside command the terminal that shows it."""

from __future__ import annotations

import doctest
import io
import sys

import pytest

from streaming_api_tools import loopback, printable
from streaming_api_tools.chat import Printer
from streaming_api_tools.printable import harmless, log_line

HOSTILE = {
    "escape": "\x1b]0;title\x07",
    "csi_of_c1": "\x9b2J",
    "carriage_return": "hidden\rshown",
    "backspace": "a\x08b",
    "right_to_left_override": "\u202egnp.exe",
    "isolate": "\u2066a\u2069",
    "arabic_letter_mark": "\u061c",
}


@pytest.mark.parametrize("module", [printable, loopback])
def test_docstring_examples_do_what_they_show(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", HOSTILE)
def test_printable_harmless_removes_terminal_control_characters(name: str) -> None:
    shown = harmless(HOSTILE[name])
    assert shown != HOSTILE[name]
    assert not any(each in shown for each in "\x1b\x07\x08\r\x9b\u202e\u2066\u2069\u061c")


TEXTS = [
    "tab\there",
    "two\nlines",
    "family \U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\u4e2d\u6587\u3000",
    "na\u00efve",
    "\u0645\u06cc\u200c\u062e",
]


@pytest.mark.parametrize("text", TEXTS)
def test_printable_harmless_keeps_every_other_text(text: str) -> None:
    assert harmless(text) == text


def test_printable_log_line_never_begins_with_outside_text() -> None:
    assert log_line("it failed:\n::error::x\n\n::debug::y") == "it failed:\n| ::error::x\n| \n| ::debug::y"


@pytest.mark.parametrize(
    "text", ["##[add-mask]x", "it failed: ##[error]x", "a\n##[group]", "::error::x", " \t::error::x"]
)
def test_printable_log_line_commands_no_runner(text: str) -> None:
    lines = log_line(text).splitlines()
    assert not any("##[" in line or line.lstrip().startswith("::") for line in lines)


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """Tell that it is one."""
        return True


@pytest.mark.parametrize("name", HOSTILE)
def test_chat_command_output_has_no_terminal_control_characters(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    Printer().show(HOSTILE[name])
    assert terminal.getvalue() == harmless(HOSTILE[name], "")


def test_chat_command_output_to_a_file_has_every_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr(sys, "stdout", file)
    Printer().show("\x1b[31m\u202e")
    assert file.getvalue() == "\x1b[31m\u202e"
