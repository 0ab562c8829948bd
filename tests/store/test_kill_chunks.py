"""Clients that are cut at any byte of any stream, whatever its texts, its chunks and its media type."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lambda_streaming import Response, stream
from lambda_streaming_store import recording
from lambda_streaming_store.rows import partition_key
from lambda_streaming_store.table import Table

from tests.store.kills import SEEDS, Watched, rest_of

MEDIA_TYPES = ("text/event-stream", "application/x-ndjson", "text/plain; charset=utf-8")
TEXTS = st.lists(st.text(st.sampled_from("aé€😀\n\r \0:\u2028"), max_size=400), min_size=1, max_size=12)
EXAMPLES = max(25, len(SEEDS))


@pytest.fixture(scope="module", autouse=True)
def _keep() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAM_STORE_TABLE", "of the thread")
        patch.setattr(recording, "table_of", lambda name: None)
        patch.setattr(recording, "Recorder", Watched)
        yield


def kept(table: Table, media_type: str, items: list[object]) -> tuple[bytes, str]:
    """Return the body that a client sees, and the id of the stream."""

    @stream(media_type=media_type)
    def handler(event: object, context: object) -> Iterator[object]:
        yield from items

    @stream
    def raw(event: object, context: object) -> Response:
        return Response(200, {"content-type": media_type}, body=iter(items))  # type: ignore[arg-type]

    Watched.running.table = table
    response = (raw if media_type == "application/octet-stream" else handler)({"requestContext": {}}, None)
    Watched.running.recorder.finished()
    return response.body, response.headers["x-stream-id"]


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@settings(deadline=None, max_examples=EXAMPLES)
@given(texts=TEXTS, as_json=st.booleans(), data=st.data())
def test_client_that_was_cut_in_any_character_or_event_has_every_byte_once(
    patient_table: Table, media_type: str, texts: list[str], as_json: bool, data: st.DataObject
) -> None:
    as_json = as_json or media_type == "application/x-ndjson"
    items: list[object] = [{"text": text} if as_json else text for text in texts]
    whole, stream_id = kept(patient_table, media_type, items)
    cut = data.draw(st.integers(0, len(whole)))
    assert rest_of(patient_table, partition_key("", stream_id), cut) == (whole[cut:], None)
    for position in map(int, re.findall(rb"^id: [0-9a-f]{32}[.](\d+)$", whole, re.MULTILINE)):
        # an id is where its event ends
        assert whole[:position].endswith(b"\n\n")


@settings(deadline=None, max_examples=EXAMPLES)
@given(chunks=st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=8), data=st.data())
def test_client_of_bytes_that_was_cut_has_every_byte_once(
    patient_table: Table, chunks: list[bytes], data: st.DataObject
) -> None:
    whole, stream_id = kept(patient_table, "application/octet-stream", [*chunks])
    assert whole == b"".join(chunks)
    cut = data.draw(st.integers(0, len(whole)))
    assert rest_of(patient_table, partition_key("", stream_id), cut) == (whole[cut:], None)
