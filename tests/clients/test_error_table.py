"""Every error of Bedrock in the table, produced on a socket and seen by a client as the table says."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest
from chat.errors import BEDROCK

from tests.clients.bedrock import Bedrock

BEFORE = sorted(code for code in BEDROCK if code[0].isupper())
INSIDE = sorted(code for code in BEDROCK if code[0].islower())


def ask(api: str, path: str, body: object) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of an answer."""
    url = urlsplit(api)
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    connection.request("POST", f"{url.path}/{path}", json.dumps(body))
    response = connection.getresponse()
    try:
        answer = response.read()
    except http.client.IncompleteRead as cut:  # the function failed, so its response does not end in order
        answer = cut.partial
    finally:
        connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, answer.decode()


@pytest.mark.parametrize("code", BEFORE)
def test_a_refusal_is_the_status_of_its_row(api: str, code: str) -> None:
    status, headers, body = ask(api, "chat", {"prompt": f"[[{code}]] table"})
    row = BEDROCK[code]
    error = json.loads(body)["error"]
    assert (status, error["type"], error["code"]) == (row.status, row.type, row.code)
    assert row.headers.items() <= headers.items()
    assert "arn:" not in body
    assert "123456789012" not in body
    assert headers["x-request-id"] == headers["request-id"] == json.loads(body)["request_id"]


@pytest.mark.parametrize("code", INSIDE)
def test_an_exception_before_any_content_is_the_status_of_its_row(api: str, code: str) -> None:
    status, headers, body = ask(api, "chat", {"prompt": f"[[{code}@0]] table"})
    row = BEDROCK[code]
    assert (status, json.loads(body)["error"]["code"]) == (row.status, row.code)
    assert row.headers.items() <= headers.items()


@pytest.mark.parametrize("code", INSIDE)
def test_an_exception_after_the_first_content_is_the_last_event(api: str, code: str) -> None:
    status, _, body = ask(api, "chat", {"prompt": f"[[{code}@2]] table"})
    *_, last = body.strip().split("\n\n")
    name, data = last.split("\n")
    error = json.loads(data.removeprefix("data: "))["error"]
    assert (status, name) == (200, "event: error")
    assert (error["type"], error["code"]) == (BEDROCK[code].type, BEDROCK[code].code)
    assert "arn:" not in body
    assert "event: done" not in body


@pytest.mark.parametrize(
    "path", ["v1/chat/completions", "v1/messages", "ui/chat", "model/other/converse-stream"]
)
def test_a_model_that_is_not_allowed_is_not_found_and_bedrock_not_asked(
    api: str, path: str, model: Bedrock
) -> None:
    prompt = f"not allowed {path}"
    content: dict[str, object] = {"role": "user", "content": prompt}
    if path == "ui/chat":
        content = {"role": "user", "parts": [{"type": "text", "text": prompt}]}
    elif path.startswith("model/"):
        content = {"role": "user", "content": [{"text": prompt}]}
    body: dict[str, object] = {"messages": [content]}
    if not path.startswith("model/"):
        body["model"] = "other"
    if path == "v1/messages":
        body["max_tokens"] = 5
    status, _, answer = ask(api, path, body)
    assert (status, json.loads(answer)["error"]["code"]) == (404, "model_not_found")
    assert model.asked[prompt] == 0
