"""OpenAI's Responses API: whatever breaks, the last two events say so."""

from __future__ import annotations

import pytest
from chat.errors import UpstreamError
from lambda_streaming import DeadlineExceeded, HTTPError

from tests.unit.lambda_src.chat.response_events import ASK, PATH, body, failed, judged, kinds
from tests.unit.lambda_src.chat.streams import TEXT, TOOLS, call, failing, respond

BEGIN = ["response.created", "response.in_progress"]


@pytest.mark.parametrize("count", range(2, len(TOOLS) - 1))
def test_responses_stream_that_breaks_anywhere_ends_in_an_error_and_failed(count: int) -> None:
    found = kinds(failed(body(TOOLS[:count]), UpstreamError))
    assert found[-2:] == ["error", "response.failed"]
    assert not {"response.completed", "response.incomplete", "error", "response.failed"} & set(found[:-2])


def test_responses_failure_is_an_error_event_as_open_responses_has_it_too() -> None:
    # clients that read no status raise an error for it: OpenAI's own, and those that are built on them
    error, last = failed(body(failing(TEXT[:3], HTTPError(429, "slow down"))), HTTPError)[-2:]
    assert error == {
        "type": "error",
        "sequence_number": last["sequence_number"] - 1,
        "error": {
            "type": "rate_limit_error",
            "code": "rate_limit_exceeded",
            "message": "slow down",
            "param": None,
        },
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HTTPError(429, "slow down"), "rate_limit_exceeded"),
        (HTTPError(400, "no"), "invalid_prompt"),
        (HTTPError(400, "long", code="context_length_exceeded"), "context_length_exceeded"),
        (HTTPError(503, "later"), "server_error"),
        (DeadlineExceeded(), "server_error"),
    ],
)
def test_responses_failure_has_a_code_that_clients_know(error: HTTPError, code: str) -> None:
    events = failed(body(failing(TEXT[:3], error)), HTTPError)
    assert events[-1]["response"]["error"] == {"code": code, "message": error.message}
    assert events[-1]["response"]["status"] == "failed"


def test_responses_failure_before_any_content_has_the_first_events_too() -> None:
    # a heartbeat has sent the status by then
    events = judged([body(TEXT).last_event(DeadlineExceeded())])
    assert kinds(events) == [*BEGIN, "error", "response.failed"]


def test_responses_failure_of_the_functions_own_says_no_secret() -> None:
    events = judged([body(TEXT).last_event(ValueError("secret"))])
    assert "secret" not in str(events)


def test_responses_whole_answer_that_breaks_raises_its_error() -> None:
    with pytest.raises(UpstreamError):
        respond(call(PATH, ASK), TEXT[:3])
