"""Checks each wire format of the chat route, which sends requests to a model."""

from __future__ import annotations

import json
from urllib.parse import quote

from ..client.envelopes import code_of, message_of
from ..client.moments import Request
from .context import CheckContext
from .formats import ABSENT, FORMATS, NotWhole
from .result import FAILURE, PASSED, CheckResult

HEADERS = {"Content-Type": "application/json"}
#: A path that API Gateway does not have asks no model, so this is the most.
REQUESTS = len(FORMATS)
#: Code of the refusal of a request in the words of a model, which cannot carry a system prompt of the API.
NOT_ALLOWED = "not_allowed"


def formats(context: CheckContext) -> CheckResult:
    """Ask for an answer in each format, and read it strictly."""
    stage, _, chat = context.output("ChatUrl").rpartition("/")
    model = _model(context, stage)
    seen, problems, absent, unasked = [], [], [], []
    for name, each in FORMATS.items():
        if "{model}" in each.path and not model:
            unasked.append(f"{name} was not asked: GET v1/models names no model")
            continue
        if (body := each.body_for(model)) is None:
            unasked.append(f"{name} was not asked: the words of {model} are not known here")
            continue
        path = each.path.format(chat=chat, model=quote(model, safe=""))
        reply = context.ask(Request(f"{stage}/{path}", json.dumps(body).encode(), HEADERS))
        if reply.status in ABSENT and "{chat}" not in each.path:
            absent.append(name)
        elif each.body is None and code_of(reply.body) == NOT_ALLOWED:
            unasked.append(f"{name} is not allowed: {message_of(reply.body)}")
        elif reply.status != 200:
            problems.append(f"{name}: status {reply.status}: {message_of(reply.body)}")
        elif (coding := reply.headers.get("content-encoding", "identity")) != "identity":
            problems.append(f"{name}: the answer is compressed ({coding}), although identity was asked for")
        else:
            try:
                seen.append(f"{name}: {each.read(reply)}")
            except NotWhole as problem:
                problems.append(f"{name}: {problem}")
    if problems:
        return CheckResult("formats", FAILURE, "; ".join(problems))
    without = [f"the API has no route for {', '.join(absent)}"] if absent else []
    return CheckResult(
        "formats", PASSED, "; ".join([f"whole answers in {', '.join(seen)}", *without, *unasked])
    )


def _model(context: CheckContext, stage: str) -> str:
    """Return a model of the function, where it lists them; no model is asked."""
    reply = context.ask(Request(f"{stage}/v1/models", b"", {}, "GET"))
    try:
        return str(json.loads(reply.body)["data"][0]["id"]) if reply.status == 200 else ""
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
