"""The event of a function URL, read by Powertools for AWS Lambda and by the functions of this project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from chat.converse.model_call import header_of
from lambda_streaming._applications.request import read_request
from lambda_streaming_store.owner import ANYBODY, owner_of

from streaming_api_tools.local.application import Function, FunctionUrl
from streaming_api_tools.local.gateway.request.routed_request import HttpRequest, Identity, Reception
from streaming_api_tools.local.gateway.request.url_event import url_event
from tests.support.packages import package

HOST = "abc.lambda-url.eu-west-1.on.aws"
URL = FunctionUrl("Url", HOST, Function("f", "arn", "python3.13", "a.b", Path()))
RECEPTION = Reception("id-1", "", "Root=1-5759e988-bd862e3fe1be46a994272793", datetime.now(timezone.utc))
ARN = "arn:aws:iam::111122223333:user/me"
CALLER = Identity("AKIA", "111122223333", "AIDA", ARN)
#: Who makes the requests of which Powertools reads the events.
CALLERS = (None, CALLER)
READ = """
import json, sys
from aws_lambda_powertools.utilities.data_classes import LambdaFunctionUrlEvent
from aws_lambda_powertools.utilities.parser.models import LambdaFunctionUrlModel

raw = json.load(sys.stdin)
event, model = LambdaFunctionUrlEvent(raw), LambdaFunctionUrlModel.model_validate(raw)
iam = event.request_context.authorizer.iam
print(json.dumps({
    "method": [event.http_method, model.requestContext.http.method],
    "path": [event.path, model.rawPath],
    "query": [event.raw_query_string, model.rawQueryString],
    "cookies": [event.cookies, model.cookies],
    "body": event.decoded_body,
    "header": event.headers["x-several"],
    "address": event.request_context.http.source_ip,
    "arn": iam.user_arn if iam else None,
}))
"""


def made(
    body: bytes = b"", identity: Identity | None = None, kind: str = "application/json"
) -> dict[str, Any]:
    """Return the event of one request."""
    given = {"X-Several": "1", "Cookie": "a=1; b=2", "Content-Type": kind}
    http = HttpRequest("POST", "/a%2Fb/c", "x=1&x=2&y=%C3%BC", tuple(given.items()), body, "192.0.2.7")
    known = (identity,) if identity else ()
    return url_event(URL, http, RECEPTION, "111122223333", *known)


@pytest.mark.parametrize("identity", CALLERS)
def test_url_event_is_read_by_powertools(identity: Identity | None) -> None:
    event = made(b'{"a": 1}', identity)
    done = subprocess.run(
        [sys.executable, "-c", READ],
        input=json.dumps(event),
        env={**os.environ, "PYTHONPATH": str(package("powertools"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "method": ["POST", "POST"],
        "path": ["/a%2Fb/c", "/a%2Fb/c"],
        "query": ["x=1&x=2&y=%C3%BC"] * 2,
        "cookies": [["a=1", "b=2"]] * 2,
        "body": '{"a": 1}',
        "header": "1",
        "address": "192.0.2.7",
        "arn": identity.arn if identity else None,
    }


@pytest.mark.parametrize("body", [b'{"a": 1}', bytes(range(256))])
def test_url_event_is_read_by_applications_as_it_was_sent(body: bytes) -> None:
    kind = "application/json" if body[:1] == b"{" else "image/png"
    request = read_request(made(body, kind=kind))
    assert (request.method, request.path, request.query) == ("POST", "/a%2Fb/c", b"x=1&x=2&y=%C3%BC")
    assert request.body == body
    assert request.server == (HOST, 443)
    assert request.client == "192.0.2.7"
    assert dict(request.headers)[b"cookie"] == b"a=1; b=2"


def test_url_event_caller_owns_streams() -> None:
    assert owner_of(made(identity=CALLER)) == f"iam {ARN}"
    assert owner_of(made()) == ANYBODY
    assert header_of(made(), "x-several") == "1"
