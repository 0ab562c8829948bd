"""Flask: a generator of the view, and a file of a form."""

from __future__ import annotations

import lambda_streaming
from flask import Flask, Response, request, stream_with_context

from tests.runtime.functions.frameworks.parts import events, received

application = Flask(__name__)


@application.get("/stream")
def stream() -> Response:
    return Response(stream_with_context(events()), content_type="text/event-stream")


@application.post("/upload")
def upload() -> Response:
    content = request.files["file"].read()
    return Response(received(request.form["name"], content), content_type="text/plain")


handler = lambda_streaming.wsgi(application)
