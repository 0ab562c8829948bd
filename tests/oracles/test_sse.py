"""Hold our server-sent events against httpx-sse, eventsource-parser and Chromium's EventSource."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from lambda_streaming import Event
from playwright.sync_api import Browser

from tests.oracles import sse_events
from tests.oracles.sse_differences import DIFFERENCES, Difference, compared
from tests.oracles.sse_readers import (
    Reading,
    httpx_events,
    ours,
    parsed_by_npm,
    read_by_chromium,
    read_by_eventsource_parser,
    read_by_httpx_sse,
)
from tests.oracles.sse_streams import STREAMS, Stream
from tests.support.browsers import launching

READERS = {"httpx-sse": read_by_httpx_sse, "eventsource-parser": read_by_eventsource_parser}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium for this module: others have event loops of their own."""
    with launching() as launch:
        yield launch()


def parted(name: str, streams: list[Stream], theirs: list[Reading]) -> dict[str, object]:
    """Return the streams that ours and an oracle read otherwise, but for the listed differences."""
    assert len(theirs) == len(streams)
    return {
        f"{stream.name} {stream.chunks}": (ours(stream), their)
        for stream, their in zip(streams, theirs, strict=True)
        if compared(name, stream, ours(stream)) != compared(name, stream, their)
    }


@pytest.mark.parametrize("name", READERS)
def test_sse_decoder_reads_as_the_oracle(name: str) -> None:
    assert parted(name, STREAMS, READERS[name](STREAMS)) == {}


def test_sse_decoder_reads_as_chromium(browser: Browser) -> None:
    assert parted("Chromium", STREAMS, read_by_chromium(browser)(STREAMS)) == {}


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: f"{each.oracle}: {each.name}")
def test_sse_listed_difference_exists(difference: Difference, browser: Browser) -> None:
    readers = {**READERS, "Chromium": read_by_chromium(browser)}
    stream = Stream(difference.name, difference.example)
    assert readers[difference.oracle]([stream]) != [ours(stream)], difference.why


@settings(max_examples=sse_events.PROPERTY, deadline=None)
@given(sse_events.streams())
def test_sse_decoder_any_bytes_cut_anywhere_read_as_httpx_sse(stream: Stream) -> None:
    assert parted("httpx-sse", [stream], read_by_httpx_sse([stream])) == {}


@settings(max_examples=sse_events.PROPERTY, deadline=None)
@given(sse_events.events())
def test_sse_encoder_event_reads_as_it_was_meant_by_httpx_sse(event: Event) -> None:
    (read,) = httpx_events([event.encode()])
    assert (read.event, read.data, read.id, read.retry) == sse_events.meant(event)


def test_sse_encoder_events_read_as_they_were_meant_by_eventsource_parser() -> None:
    events = sse_events.seeded()
    for event, (reading, retries) in zip(
        events, parsed_by_npm([[each.encode()] for each in events]), strict=True
    ):
        kind, data, last, retry = sse_events.meant(event)
        assert (reading, retries) == ([(kind, data, last)], [] if retry is None else [retry]), event.encode()


def test_sse_encoder_events_read_as_they_were_meant_by_chromium(browser: Browser) -> None:
    events = sse_events.seeded()
    streams = [Stream(f"event {number}", event.encode()) for number, event in enumerate(events)]
    read = read_by_chromium(browser)(streams)
    assert read == [[sse_events.meant(event)[:3]] for event in events]
