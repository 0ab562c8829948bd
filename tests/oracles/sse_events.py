"""The events that our encoder writes and the oracles read, and arbitrary streams."""

from __future__ import annotations

import random
import re

from hypothesis import strategies as st
from lambda_streaming import Event

from tests.oracles.sse_streams import PIECES, SEED, Stream

#: Examples of each property.
PROPERTY = 400
#: Events for the oracles that are asked for all at once.
SEEDED = 400
TEXTS = [
    "",
    " ",
    "a",
    " b",
    "a\nb",
    "\r",
    "\r\n",
    "\n\n",
    "a\r\rb\n",
    ":",
    "data: x",
    "\0",
    "\ufeff",
    "\u2028",
]
TEXTS += ["\x0b\x0c", "\u6f22\U0001f642", "\ud800", "\t", "\x85", "{}", "event: x"]
LINES = [each for each in TEXTS if not re.search("[\r\n\0]", each)]


def meant(event: Event) -> tuple[str, str, str, int | None]:
    """Return type, data, id and retry as the standard has a reader take them."""
    assert isinstance(event.data, str)
    # a line end is a line end, and a lone surrogate has no UTF-8
    data, kind, last = (
        text.encode("utf-8", "replace").decode("utf-8")
        for text in (re.sub("\r\n?", "\n", event.data), event.event or "message", event.id or "")
    )
    return kind, data, last, event.retry


def seeded() -> list[Event]:
    """Return the same events in each run."""
    chance = random.Random(SEED)
    return [
        Event(
            "".join(chance.choices(TEXTS, k=chance.randint(0, 6))),
            event=chance.choice([None, *LINES]),
            id=chance.choice([None, *LINES]),
            retry=chance.choice([None, 0, 1, 2**31 - 1]),
        )
        for _ in range(SEEDED)
    ]


def events() -> st.SearchStrategy[Event]:
    """Return arbitrary events."""
    text = st.one_of(st.sampled_from(TEXTS), st.text(st.characters(exclude_categories=())))
    line = st.none() | text.filter(lambda value: not re.search("[\r\n\0]", value))
    retry = st.none() | st.integers(0, 2**31 - 1)
    return st.builds(Event, text, event=line, id=line, retry=retry)


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """Return arbitrary streams, cut anywhere."""
    piece = st.one_of(st.sampled_from(PIECES), st.binary(max_size=6), st.sampled_from([b"\n", b"\n\n"]))
    data = b"".join(draw(st.lists(piece, max_size=20)))
    cuts = draw(st.sets(st.integers(0, len(data)), max_size=8))
    return Stream("arbitrary", data, tuple(sorted(cuts)))
