"""Members of a request that the answer does not need: dropped, named in a header, and never echoed."""

from __future__ import annotations

import json

import pytest
from chat.formats import openai, ui
from chat.formats.anthropic import request as anthropic_request
from chat.formats.members import HONOURED, IGNORED, REFUSED, Member
from chat.formats.responses import members as responses_members
from chat.json_body import DroppedMembers, JsonObject
from chat.settings import ChatSettings
from lambda_streaming import CollectedResponse, HTTPError

from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import call

IGNORED_HEADER = "x-streaming-api-ignored"
ASK = {"messages": [{"role": "user", "content": "Hi"}]}
BODIES: dict[str, dict[str, object]] = {
    "/chat": {"prompt": "Hi"},
    "/v1/chat/completions": dict(ASK),
    "/v1/responses": {"input": "Hi"},
    "/v1/messages": {**ASK, "max_tokens": 9},
    "/ui/chat": {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]},
    "/model/model-1/converse-stream": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]},
}
TABLES: dict[str, dict[str, Member]] = {
    "/v1/chat/completions": openai.request.MEMBERS,
    "/v1/responses": responses_members.MEMBERS,
    "/v1/messages": anthropic_request.MEMBERS,
    "/ui/chat": ui.request.MEMBERS,
}
ROWS = [(path, name, row) for path, table in TABLES.items() for name, row in table.items()]


def ask(path: str, **more: object) -> CollectedResponse:
    return handle({"path": path, "body": json.dumps({**BODIES[path], **more})})


def ignored(path: str, **more: object) -> str | None:
    """Return the header of an answer that is right all the same."""
    answer = ask(path, **more)
    assert answer.status == 200, answer.body
    return answer.headers.get(IGNORED_HEADER)


@pytest.mark.parametrize("path", BODIES)
def test_dropped_members_header_is_absent_when_nothing_is_dropped(path: str) -> None:
    assert ignored(path) is None


@pytest.mark.parametrize("path", BODIES)
def test_unknown_member_is_counted_and_not_echoed(path: str) -> None:
    assert ignored(path, **{"secret\r\nx: y": 1, "promt": "x", "other": None}) == "unknown: 2"


@pytest.mark.parametrize("path", BODIES)
def test_unknown_member_is_refused_with_strict_members(path: str) -> None:
    strict = ChatSettings("model-1", json.dumps({"strictMembers": True}))
    with pytest.raises(HTTPError) as caught:
        call(path, {**BODIES[path], "promt": 1}, settings=strict)
    assert (caught.value.status, caught.value.code, caught.value.param) == (400, "unknown_field", "promt")


@pytest.mark.parametrize(("path", "name", "row"), [each for each in ROWS if each[2].effect == IGNORED])
def test_ignored_member_is_named_unless_it_asks_for_nothing(path: str, name: str, row: Member) -> None:
    assert ignored(path, **{name: {"any": ["value"]}}) == name
    for harmless in (None, *row.harmless):
        assert ignored(path, **{name: harmless}) is None


@pytest.mark.parametrize(("path", "name", "row"), [each for each in ROWS if each[2].effect == REFUSED])
def test_refused_member_is_a_400_that_names_it_unless_it_asks_for_nothing(
    path: str, name: str, row: Member
) -> None:
    answer = ask(path, **{name: {"any": ["value"]}})
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["param"]) == (400, name)
    assert row.note in error["message"]
    for harmless in (None, *row.harmless):
        assert ignored(path, **{name: harmless}) is None


@pytest.mark.parametrize(("path", "name", "row"), ROWS)
def test_member_table_every_row_has_effect_or_reason(path: str, name: str, row: Member) -> None:
    assert row.effect in (HONOURED, IGNORED, REFUSED)
    assert row.note


def test_dropped_members_header_has_at_most_twenty_names() -> None:
    dropped = DroppedMembers()
    for number in range(30):
        JsonObject({}, dropped=dropped).drop(f"name{number}")
    dropped.unknown = 10**6
    names = dropped.header().split(", ")
    assert names == [*(f"name{number}" for number in range(20)), "unknown: 1000000"]


def test_dropped_members_are_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    ignored("/v1/chat/completions", metadata={"a": "b"}, secret=1)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == "ignored of the request: metadata, unknown: 1"


def test_unknown_member_within_a_member_is_counted() -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "Hi", "secret": 1}], "secret": 2}
    assert ignored("/v1/chat/completions", messages=[message]) == "unknown: 2"
    assert ignored("/v1/messages", messages=[message]) == "unknown: 2"
    assert ignored("/chat", inferenceConfig={"top_p": 1}) == "unknown: 1"
    tool = {"name": "f", "defer_loading": True, "input_examples": [{}], "secret": 1}
    assert ignored("/v1/messages", tools=[tool]) == "tools.defer_loading, tools.input_examples, unknown: 1"


SCHEMA = {"name": "city", "schema": {"type": "object"}}


def schema_of(path: str, **more: object) -> dict[str, object]:
    """Return what asks for an object, in the words of an API."""
    if path == "/v1/responses":
        return {"text": {"format": {"type": "json_schema", **SCHEMA, **more}}}
    return {"response_format": {"type": "json_schema", "json_schema": {**SCHEMA, **more}}}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_schema_that_is_not_strict_is_kept_to_all_the_same_and_named(path: str) -> None:
    name = "text.format.strict" if "responses" in path else "response_format.json_schema.strict"
    assert ignored(path, **schema_of(path, strict=False)) == name
    for strict in (True, None):
        assert ignored(path, **schema_of(path, strict=strict)) is None


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_unknown_member_beside_a_schema_is_counted(path: str) -> None:
    assert ignored(path, **schema_of(path, regex="x", other=1)) == "unknown: 2"
