"""Bottle: a generator of the view, and a file of a form."""

from __future__ import annotations

from collections.abc import Iterator

import bottle
import lambda_streaming

from tests.runtime.functions.frameworks.parts import events, received

application = bottle.Bottle()


@application.get("/stream")
def stream() -> Iterator[str]:
    bottle.response.content_type = "text/event-stream"
    return events()


@application.post("/upload")
def upload() -> str:
    bottle.response.content_type = "text/plain"
    content = bottle.request.files["file"].file.read()
    return received(bottle.request.forms["name"], content)


handler = lambda_streaming.wsgi(application)
