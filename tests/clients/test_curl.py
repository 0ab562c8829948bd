"""curl, and the bytes of every format: golden streams."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.support.bedrock.directed import PIECES
from tests.support.curl import curl

#: Formats whose errors are events, with trailers for Lambda behind them.
IN_ORDER = (
    *("native", "native-ndjson", "openai", "responses", "anthropic", "ui"),
    *("relay", "invoke", "invoke-sse"),
)
GOLDEN = Path(__file__).with_name("golden")
#: What differs from one answer to the next.
VARYING = [
    (re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), b"REQUEST-ID"),
    (re.compile(rb'"created":\d+'), b'"created":0'),
    (re.compile(rb'"(created|completed)_at":\d+'), rb'"\1_at":0'),
]
SAID: dict[str, object] = {"messages": [{"role": "user", "content": "PROMPT"}]}
UI: dict[str, object] = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "PROMPT"}]}]}
#: Format -> path and body.
FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    "native": ("chat", {"prompt": "PROMPT"}),
    "native-ndjson": ("chat?format=ndjson", {"prompt": "PROMPT"}),
    "native-text": ("chat?format=text", {"prompt": "PROMPT"}),
    "openai": (
        "v1/chat/completions",
        {**SAID, "stream": True, "stream_options": {"include_usage": True}},
    ),
    "responses": ("v1/responses", {"input": "PROMPT", "stream": True}),
    "anthropic": ("v1/messages", {**SAID, "stream": True, "max_tokens": 9}),
    "ui": ("ui/chat", UI),
    "relay": (
        "model/model-1/converse-stream",
        {"messages": [{"role": "user", "content": [{"text": "PROMPT"}]}]},
    ),
    "invoke": ("model/model-1/invoke-with-response-stream", {"prompt": "PROMPT"}),
    "invoke-sse": ("model/model-1/invoke-with-response-stream?format=sse", {"prompt": "PROMPT"}),
}
DIRECTIVES = {"text": "text", "tools": "tools", "error": "[[throttlingException@2]]", "cut": "[[cut@2]]"}


def asked(api: str, format: str, prompt: str) -> list[str]:
    """Return curl's arguments for a prompt."""
    path, body = FORMATS[format]
    return ["-d", json.dumps(body).replace("PROMPT", prompt), f"{api}/{path}"]


@pytest.mark.parametrize("what", DIRECTIVES)
@pytest.mark.parametrize("format", FORMATS)
def test_curl_golden_stream_of_each_format_has_the_recorded_bytes(api: str, format: str, what: str) -> None:
    done = curl("-sN", *asked(api, format, f"{DIRECTIVES[what]} golden {format}"))
    answer = done.stdout
    for pattern, same in VARYING:
        answer = pattern.sub(same, answer)
    golden = GOLDEN / f"{format}.{what}"
    if "WRITE_GOLDEN" in os.environ:
        golden.write_bytes(answer)
    assert answer == golden.read_bytes()
    # an error has a place in server-sent events, in NDJSON and in the event stream of AWS, behind which the
    # response ends in order; 18: any other one is cut
    in_order = what in ("text", "tools") or format in IN_ORDER
    assert done.returncode == (0 if in_order else 18)


def test_curl_golden_stream_has_its_end_only_if_complete() -> None:
    ends = {
        "native": b"event: done",
        "native-ndjson": b'"type":"done"',
        "openai": b'"finish_reason":"',
        "responses": b"event: response.completed",
        "anthropic": b"message_stop",
        "ui": b'"type":"finish"',
        "relay": b"messageStop",
        "invoke": b"eyJ0eXBlIjogIm1lc3NhZ2Vfc3RvcC",
        "invoke-sse": b"message_stop",
    }
    for format, end in ends.items():
        for what in DIRECTIVES:
            whole = what in ("text", "tools")
            assert (end in (GOLDEN / f"{format}.{what}").read_bytes()) == whole, (format, what)


def test_curl_broken_text_stream_is_a_partial_transfer(api: str) -> None:
    done = curl("-sN", *asked(api, "native-text", "[[cut@2]] curl"))
    assert (done.returncode, done.stdout.decode()) == (18, "".join(PIECES[:2]))


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        ("ValidationException", 400),
        ("AccessDeniedException", 403),
        ("ResourceNotFoundException", 404),
        ("ServiceQuotaExceededException", 429),
        ("ServiceUnavailableException", 503),
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_curl_error_status_is_the_same_in_every_format(
    api: str, format: str, refusal: str, status: int
) -> None:
    done = curl("-sN", "-w", "\n%{http_code}", *asked(api, format, f"[[{refusal}]] curl"))
    body, code = done.stdout.decode().rsplit("\n", 1)
    assert int(code) == (529 if (format, status) == ("anthropic", 503) else status)
    assert json.loads(body)["type"] == "error"
    assert "arn:" not in body


@pytest.mark.parametrize("format", FORMATS)
def test_curl_invalid_body_is_a_400_with_the_error_envelope(api: str, format: str) -> None:
    *_, url = asked(api, format, "")
    done = curl("-sN", "-i", "-d", "{", url)
    head, _, body = done.stdout.decode().partition("\r\n\r\n")
    error = json.loads(body)
    assert head.startswith("HTTP/1.1 400")
    assert (error["type"], error["error"]["code"]) == ("error", "invalid_json")
    assert f"x-request-id: {error['request_id']}" in head.lower()
    assert f"\nrequest-id: {error['request_id']}" in head.lower()


@pytest.mark.parametrize("format", FORMATS)
def test_curl_response_has_the_request_id_under_both_names(api: str, format: str) -> None:
    done = curl("-sN", "-D", "-", "-o", "/dev/null", *asked(api, format, f"text id {format}"))
    headers = dict(line.lower().split(": ", 1) for line in done.stdout.decode().splitlines()[1:] if line)
    assert headers["x-request-id"] == headers["request-id"]
