"""Applications of every framework in AWS's runtime loop: event by event, and as under their own servers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64encode

import pytest

from tests.runtime.frameworks import (
    BINARY,
    FORM,
    FRAMEWORKS,
    HOST,
    SERVERS,
    Answer,
    Framework,
    answer,
    asked,
    multipart,
    requests_page,
    server,
    table,
)
from tests.runtime.function import LAYER, Function
from tests.runtime.functions.frameworks.parts import COUNT, received
from tests.support.packages import package

# the servers that they are compared with have no certificates
HEADERS = {"Host": HOST, "X-Forwarded-Proto": "http"}
GET = {"httpMethod": "GET", "path": "/stream", "headers": HEADERS}
UPLOAD = {
    "httpMethod": "POST",
    "path": "/upload",
    "headers": {**HEADERS, "Content-Type": FORM},
    "body": b64encode(multipart()).decode(),
    "isBase64Encoded": True,
}
EVENTS = [f"data: {number}\n\n".encode() for number in range(COUNT)]


def function(framework: Framework) -> Function:
    """Return the function with an application; skip a test of one that this Python cannot run."""
    if missing := framework.missing:
        pytest.skip(f"there is no {', '.join(sorted(missing))} for Python {sys.version.split()[0]}")
    return Function(f"frameworks.{framework.module}.{framework.handler}", paths=[package("frameworks")])


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda each: each.id)
def test_framework_streams_each_event_when_it_is_there(framework: Framework) -> None:
    with function(framework) as running:
        invocation = running.api.invoke(GET)
        invocation.skip_head()
        for event in EVENTS:
            # the application waits for the test before it goes on
            assert invocation.next_chunk() == event
            running.release()
        assert invocation.next_chunk() is None
        assert invocation.wait().complete


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda each: each.id)
def test_framework_gets_an_upload_byte_by_byte(framework: Framework) -> None:
    with function(framework) as running:
        whole = running.api.invoke(UPLOAD).wait()
        assert whole.payload.decode() == received("café", BINARY)
        assert whole.prelude["statusCode"] == 200


@pytest.mark.parametrize(
    ("framework", "kind"),
    [(each, kind) for each in FRAMEWORKS for kind in SERVERS[each.interface]],
    ids=lambda each: each if isinstance(each, str) else each.id,
)
def test_framework_answers_as_under_a_server(framework: Framework, kind: str) -> None:
    ours: list[Answer] = []
    with function(framework) as running:
        for event in (GET, UPLOAD, {**GET, "path": "/nowhere"}):
            invocation = running.api.invoke(event)
            for _ in EVENTS if event is GET else ():
                running.release()
            whole = invocation.wait()
            assert whole.complete
            ours.append(answer(whole.prelude, whole.payload))
    with server(kind, framework) as port:
        theirs = [
            asked(port, "GET", "/stream"),
            asked(port, "POST", "/upload", multipart(), FORM),
            asked(port, "GET", "/nowhere"),
        ]
    assert ours == theirs
    assert [each.status for each in ours] == [200, 200, 404]


def test_framework_table_of_the_page_is_the_one_of_the_tests() -> None:
    assert table() in requests_page().read_text("utf-8")


def test_framework_example_of_the_page_sends_the_output_shown_below_it() -> None:
    (code, text), *_ = re.findall(
        r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$",
        requests_page().read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    program = f"{code}\nprint(handler({GET | {'path': '/count'}}, None).body.decode(), end='')"
    paths = os.pathsep.join(map(str, (package("frameworks"), LAYER)))
    run = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": paths}, capture_output=True, text=True, check=True
    )
    assert run.stdout.rstrip("\n") == text.rstrip("\n")
