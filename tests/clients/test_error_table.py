"""Every row of the error table, produced on a socket and seen by official clients as the table says."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from chat.errors import BEDROCK, STATUSES, TRANSPORT

from tests.clients.conftest import Outcomes
from tests.clients.faults import BEFORE, INSIDE, UNPRODUCED, Case
from tests.clients.official import TABLE, Client
from tests.support.bedrock.directed import SECRET, Bedrock
from tests.support.gateway import Serving


@pytest.fixture(params=TABLE, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> Client:
    chosen: Client = request.param
    return chosen


def seen(outcomes: Outcomes, case: Case) -> tuple[str, dict[str, Any]]:
    """Return prompt and outcome of a case."""
    (found,) = ((prompt, each) for prompt, each in outcomes.items() if prompt.endswith(f" {case.id}"))
    assert "finished" not in found[1]
    assert "arn:" not in str(found)
    assert "123456789012" not in str(found)
    return found


def test_error_table_every_row_has_a_case() -> None:
    rows = {*map(id, BEDROCK.values()), *map(id, STATUSES.values())}
    rows |= {id(fault) for name, fault in TRANSPORT.items() if name not in UNPRODUCED}
    assert rows <= {id(case.fault) for case in BEFORE}


@pytest.mark.parametrize("case", BEFORE, ids=lambda case: case.id)
def test_error_table_before_first_byte_client_gets_status_and_retries(
    client: Client, outcomes: Outcomes, case: Case, model: Bedrock
) -> None:
    prompt, outcome = seen(outcomes, case)
    error, headers = outcome["error"], outcome["headers"]
    status = 529 if client.api == "anthropic" and case.fault.status == 503 else case.fault.status
    assert (outcome["status"], error["type"], error["code"]) == (status, case.fault.type, case.fault.code)
    assert case.fault.headers.items() <= headers.items()
    assert headers["x-request-id"] == headers["request-id"] != ""
    assert model.asked[prompt] == case.attempts
    if case.ours > 1:
        assert headers["x-should-retry"] == "false"


@pytest.mark.parametrize("case", INSIDE, ids=lambda case: case.id)
def test_error_table_after_first_byte_client_gets_error_without_retry(
    client: Client, outcomes: Outcomes, case: Case, model: Bedrock
) -> None:
    prompt, outcome = seen(outcomes, case)
    assert outcome["error"]["type"] == case.fault.type
    assert outcome["error"]["code"] == case.fault.code
    assert outcome["status"] in (None, 200)
    assert model.asked[prompt] == 1


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
    return (
        response.status,
        {name.lower(): value for name, value in response.getheaders()},
        answer.decode(errors="replace"),
    )


def test_error_table_param_validation_error_is_a_400_and_not_logged(api: str, serving: Serving) -> None:
    body = {"messages": [{"role": "user", "content": [{"text": ["never sent"]}]}]}
    status, headers, answer = ask(api, "boto3/chat", body)
    assert (status, json.loads(answer)["error"]["code"]) == (400, "validation_error")
    assert "never sent" not in answer
    assert "ParamValidationError" in logged(serving, headers["x-request-id"])
    assert not any("never sent" in line for line in serving.log)


def test_error_table_log_has_the_cause_beside_the_request_id(api: str, serving: Serving) -> None:
    _, headers, _ = ask(api, "chat", {"prompt": "[[AccessDeniedException]] log"})
    line = logged(serving, headers["x-request-id"])
    assert "model_access_denied" in line
    assert SECRET in line
    _, headers, _ = ask(api, "chat", {"prompt": "[[cut@2]] log"})
    assert "StreamBroken" in logged(serving, headers["x-request-id"])


def logged(serving: Serving, request_id: str) -> str:
    """Return the line of the log about the failure of a request."""
    serving.logged(f"{request_id}\tbedrock failed")
    return next(line for line in serving.log if f"{request_id}\tbedrock failed" in line)
