"""Empty bodies behind a function URL, where they hang at the client, and only there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lambda_streaming import HTTPError, Response, ResponseWriter, stream
from lambda_streaming._function_url import FunctionUrlSink, filler
from lambda_streaming._head import Prelude
from lambda_streaming._test_response import CollectedResponse

SSE, NDJSON = "text/event-stream", "application/x-ndjson"
COMMENT, LINE_END = b":\n\n", b"\n"
URL = "abc123.lambda-url.eu-west-1.on.aws"


def of_function_url(method: str = "GET", domain: object = URL) -> dict[str, object]:
    """Return the event of a function URL, as far as it matters."""
    return {"version": "2.0", "requestContext": {"domainName": domain, "http": {"method": method}}}


REST = {
    "httpMethod": "GET",
    "requestContext": {"domainName": "abc123.execute-api.eu-west-1.amazonaws.com", "httpMethod": "GET"},
}
STRANGE: list[object] = [
    None,
    [],
    "abc.lambda-url.on.aws",
    {},
    {"requestContext": None},
    {"requestContext": ".lambda-url."},
    of_function_url(domain=None),
    of_function_url(domain=[".lambda-url."]),
    {"requestContext": {"domainName": URL}},
    {"requestContext": {"domainName": URL, "http": None}},
    {"requestContext": {"domainName": URL, "http": {"method": ["GET"]}}},
]


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (SSE, COMMENT),
        ("Text/Event-Stream; charset=utf-8", COMMENT),
        ("text/plain", LINE_END),
        ("text/html; charset=utf-8", LINE_END),
        ("application/json", LINE_END),
        ("Application/Problem+JSON ; a=b", LINE_END),
        (NDJSON, LINE_END),
        ("application/jsonl", LINE_END),
        ("application/octet-stream", b""),
        ("image/png", b""),
        ("image/svg+xml", b""),
        ("application/textual", b""),
        ("application/jsonish", b""),
        ("", b""),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_filler_depends_on_the_media_type(method: str, content_type: str, expected: bytes) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert filler(method, Prelude(200, headers)) == expected


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "get", ""])
def test_filler_of_another_method_is_nothing(method: str) -> None:
    assert filler(method, Prelude(200, {"content-type": SSE})) == b""


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, b"\n"),
        (202, b"\n"),
        (204, b""),
        (205, b""),
        (206, b"\n"),
        (302, b"\n"),
        (304, b""),
        (500, b"\n"),
    ],
)
def test_filler_depends_on_the_status(status: int, expected: bytes) -> None:
    assert filler("GET", Prelude(status, {"content-type": "text/plain"})) == expected


@pytest.mark.parametrize("length", ["0", "1"])
def test_filler_of_a_declared_length_is_nothing(length: str) -> None:
    prelude = Prelude(200, {"content-type": "text/plain", "content-length": length})
    assert filler("POST", prelude) == b""


@stream
def no_items(event: object, context: object) -> Iterator[str]:
    yield from ()


@stream
def empty_items(event: object, context: object) -> Iterator[bytes]:
    yield b""


@stream
def silent_writer(event: object, context: object, response: ResponseWriter) -> None:
    response.start(201)


@pytest.mark.parametrize("handler", [no_items, empty_items, silent_writer])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_stream_empty_body_behind_a_function_url_is_a_comment(handler, method: str) -> None:  # type: ignore[no-untyped-def]
    assert handler(of_function_url(method), None).chunks == [COMMENT]


@pytest.mark.parametrize("event", [REST, *STRANGE])
def test_stream_empty_body_of_any_other_event_stays_empty(event: object) -> None:
    assert no_items(event, None).chunks == []


def test_stream_body_behind_a_function_url_stays_as_it_is() -> None:
    @stream
    def handler(event: object, context: object) -> Iterator[str]:
        yield "a"
        yield "b"

    assert handler(of_function_url(), None).chunks == [b"data: a\n\n", b"data: b\n\n"]


def test_stream_empty_proxy_response_behind_a_function_url_is_a_line_end() -> None:
    @stream
    def handler(event: object, context: object) -> dict[str, object]:
        return {"statusCode": 200, "body": ""}

    assert handler(of_function_url(), None).chunks == [LINE_END]


def test_stream_error_behind_a_function_url_has_its_own_body_alone() -> None:
    @stream
    def handler(event: object, context: object) -> Iterator[str]:
        raise HTTPError(404, "no")
        yield ""

    answer = handler(of_function_url(), None)
    assert (answer.status, len(answer.chunks)) == (404, 1)
    assert answer.chunks[0].startswith(b'{"type":"error"')


@pytest.mark.parametrize("status", [200, 204, 304])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_stream_answer_without_body_behind_a_function_url_has_none(method: str, status: int) -> None:
    @stream
    def handler(event: object, context: object) -> Response:
        return Response(status, {"content-type": "text/plain"}, body=["a"])

    expected = [b"a"] if (method, status) == ("GET", 200) else []
    assert handler(of_function_url(method), None).chunks == expected


@pytest.mark.parametrize("domain", ["api.example.com", "abc.execute-api.eu-west-1.amazonaws.com", None])
def test_stream_answer_to_head_of_payload_format_2_has_no_body(domain: object) -> None:
    @stream
    def handler(event: object, context: object) -> Iterator[str]:
        yield "a"

    assert handler(of_function_url("HEAD", domain), None).chunks == []
    assert handler(of_function_url("GET", domain), None).chunks == [b"data: a\n\n"]


def test_function_url_sink_filler_that_breaks_leaves_no_connection_for_an_error_event() -> None:
    class Broken(CollectedResponse):
        dropped = False

        def write(self, data: bytes) -> None:
            raise TimeoutError("a signal handler of the application")

        def drop(self) -> None:
            self.dropped = True

    broken = Broken()
    sink = FunctionUrlSink(broken, "GET")
    sink.open(Prelude(200, {"content-type": SSE}))
    with pytest.raises(TimeoutError):
        sink.close()
    assert broken.dropped
