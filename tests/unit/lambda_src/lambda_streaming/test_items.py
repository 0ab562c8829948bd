"""Items of a stream to bytes, checked with a decoder that follows WHATWG's parsing rules to the letter."""

from __future__ import annotations

import codecs
import json
from collections import ChainMap, UserDict
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming import Event, HTTPError
from lambda_streaming._failure import encode_error
from lambda_streaming._sse import _json_encoder, encode, missing_end, to_json

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), json_values, max_size=4)
one_line = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1)


def decode(chunks: list[bytes]) -> list[tuple[str, str, str]]:
    """Return (event, data, id) of each event, as WHATWG HTML 9.2.6 dispatches it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    text = "".join(decoder.decode(chunk) for chunk in chunks)
    dispatched: list[tuple[str, str, str]] = []
    data: list[str] = []
    event = last_id = ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                dispatched.append((event, "\n".join(data), last_id))
            data, event = [], ""
        elif field == "data":
            data.append(value)
        elif field == "event":
            event = value
        elif field == "id":
            last_id = value
    return dispatched


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(at)]


@pytest.mark.parametrize(
    ("item", "content_type", "data"),
    [
        ({"text": "é\n"}, SSE, 'data: {"text":"é\\n"}\n\n'.encode()),
        ("one", SSE, b"data: one\n\n"),
        ("one\ntwo\r\nthree\rfour", SSE, b"data: one\ndata: two\ndata: three\ndata: four\n\n"),
        ("", SSE, b"data: \n\n"),
        (b"\x00raw", SSE, b"\x00raw"),
        (bytearray(b"raw"), SSE, b"raw"),
        (memoryview(b"raw"), SSE, b"raw"),
        (Event("x", event="done", id="7", retry=5), SSE, b"event: done\nid: 7\nretry: 5\ndata: x\n\n"),
        (Event({"n": 1}), f"{SSE}; charset=utf-8", b'data: {"n":1}\n\n'),
        ({"n": 1}, NDJSON, b'{"n":1}\n'),
        ("é", "text/plain; charset=utf-8", "é".encode()),
        (b"\xff", "application/octet-stream", b"\xff"),
        ("lone \ud800 surrogate", "text/plain", b"lone ? surrogate"),
    ],
)
def test_sse_encode_item_has_one_form_per_content_type(
    item: Event | bytes, content_type: str, data: bytes
) -> None:
    assert encode(item, content_type) == data


@pytest.mark.parametrize("item", [7, None, ["a"], object()])
def test_sse_encode_refuses_other_types_and_names_allowed_ones(item: object) -> None:
    with pytest.raises(TypeError, match=r"takes dict, str, bytes or Event, got (int|NoneType|list|object)"):
        encode(item, SSE)  # type: ignore[arg-type]


def test_sse_encode_refuses_event_in_ndjson() -> None:
    with pytest.raises(TypeError, match="application/x-ndjson takes dict, str or bytes, got Event"):
        encode(Event("x"), NDJSON)


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_sse_event_field_with_line_break_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{field} of an Event must be one line"):
        Event("x", **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("retry", [0, 1, 2**31 - 1])
def test_sse_event_retry_within_the_bounds_is_sent(retry: int) -> None:
    assert Event("x", retry=retry).encode() == b"retry: %d\ndata: x\n\n" % retry


@pytest.mark.parametrize("retry", [-1, 2**31, 10**400])
def test_sse_event_retry_out_of_range_is_refused(retry: int) -> None:
    with pytest.raises(ValueError, match="must be 0 to 2147483647 ms, got"):
        Event("x", retry=retry)


@pytest.mark.parametrize("retry", [True, 1.5, "5"])
def test_sse_event_retry_that_is_not_a_whole_number_is_refused(retry: object) -> None:
    with pytest.raises(TypeError, match="must be whole milliseconds, got"):
        Event("x", retry=retry)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("value", [7, b"x", ["a"]])
def test_sse_event_name_that_is_not_a_string_is_refused(field: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"{field} of an Event must be a string, got"):
        Event("x", **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("mapping", [MappingProxyType({"n": 1}), UserDict(n=1), ChainMap({}, {"n": 1})])
def test_sse_encode_mapping_is_encoded_like_a_dict(mapping: Mapping[str, object]) -> None:
    assert encode(mapping, SSE) == Event(mapping).encode() == b'data: {"n":1}\n\n'
    assert encode({"inner": mapping}, NDJSON) == b'{"inner":{"n":1}}\n'


def test_sse_encode_refuses_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"n": float("nan")}, SSE)


def test_sse_encode_circle_is_named() -> None:
    item: dict[str, object] = {}
    item["itself"] = [item]
    with pytest.raises(ValueError, match="Circular reference"):
        encode(item, SSE)


@given(objects)
def test_sse_encode_dict_is_what_json_makes_of_it_in_any_python(item: dict[str, object]) -> None:
    expected = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    assert to_json(item) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("json.encoder.c_make_encoder", None)
        assert _json_encoder()(item) == expected


@given(objects, st.lists(st.integers(0), max_size=20))
def test_sse_encode_dict_survives_any_split_of_its_bytes(item: dict[str, object], cuts: list[int]) -> None:
    expected = json.loads(json.dumps(item, ensure_ascii=False).encode("utf-8", "replace"))
    ((event, data, _),) = decode(split(encode(item, SSE), cuts))
    assert (event, json.loads(data)) == ("", expected)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.integers(0), max_size=20))
def test_sse_encode_text_survives_with_line_feeds_as_line_ends(text: str, cuts: list[int]) -> None:
    ((_, data, _),) = decode(split(encode(text, SSE), cuts))
    assert data == text.replace("\r\n", "\n").replace("\r", "\n")


@given(one_line, one_line, st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_sse_encode_events_stay_separate_whatever_their_content(
    event: str, id: str, texts: list[str]
) -> None:
    chunks = [encode(Event(text, event=event, id=id), SSE) for text in texts]
    decoded = decode([b"".join(chunks)])
    assert [(name, last) for name, _, last in decoded] == [(event, id)] * len(texts)


@given(st.lists(objects, max_size=5))
def test_ndjson_encode_has_one_line_for_each_dict(items: list[dict[str, object]]) -> None:
    lines = b"".join(encode(item, NDJSON) for item in items).split(b"\n")
    assert lines.pop() == b""
    assert len([json.loads(line) for line in lines]) == len(items)


@given(
    st.lists(
        st.sampled_from([b"data: x\n\n", b"data: x\r\n\r\n", b"data: ha", b"\n", b"\r", b"x"]), max_size=6
    )
)
def test_sse_encode_error_is_an_error_event_after_any_cut(chunks: list[bytes]) -> None:
    body = b"".join(chunks)
    body += missing_end(body[-4:], SSE) + encode_error(HTTPError(500, "no"), SSE, "id-1")
    event, data, _ = decode([body])[-1]
    assert event == "error"
    assert json.loads(data)["error"]["message"] == "no"


def test_ndjson_encode_error_is_a_line_of_its_own() -> None:
    body = b'{"n":' + missing_end(b'{"n":', NDJSON) + encode_error(HTTPError(500, "no"), NDJSON, None)
    assert json.loads(body.split(b"\n")[1])["error"]["code"] == "api"


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/octet-stream", ""])
def test_encode_error_is_empty_in_other_content_types(content_type: str) -> None:
    assert encode_error(HTTPError(500, "no"), content_type, None) == b""


def test_encode_error_of_the_body_is_its_own_in_any_content_type() -> None:
    told = encode_error(HTTPError(500, "no"), "application/octet-stream", None, lambda error: b"\x00no")
    assert told == b"\x00no"


def test_missing_end_of_bytes_is_nothing() -> None:
    assert missing_end(b"\x00\x01", "application/vnd.amazon.eventstream") == b""
