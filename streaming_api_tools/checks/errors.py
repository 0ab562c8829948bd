"""Checks of what a client sees when something fails, and whether a page may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from ..client.envelopes import code_of
from ..client.moments import Request
from ..measure.challenge import Challenge
from ..measure.faults import AnswerFault, complete_stamps
from ..measure.verdicts import Verdict
from .context import ApiReply, CheckContext, NotApplicable
from .result import FAILURE, PASSED, CheckResult

JSON = {"Content-Type": "application/json"}
#: Seconds within which an error event must follow the last event.
ERROR_WITHIN = 2.0


def errors(context: CheckContext) -> CheckResult:
    """Make every kind of mistake and every kind of failure."""
    url = context.api.url
    failing = Challenge((), extra={"fail_before": 503})
    problems = [
        problem
        for problem in (
            _refused(context, "no JSON", Request(url, b"no", JSON), {400}, "invalid_probe"),
            _refused(context, "an unknown field", Request(url, b'{"no": 1}', JSON), {400}, "invalid_probe"),
            _refused(context, "a wrong method", Request(url, b"", {}, "DELETE"), {403, 404, 405}),
            _refused(context, "a wrong path", Request(_nowhere(url), b"{}", JSON), {403, 404}),
            _refused(context, "an error before the stream", failing.request(url), {503}),
            _breaks(context, {"fail_after": 2}, Verdict.SERVER_ERROR),
            _breaks(context, {"truncate": 2}, Verdict.TRUNCATED),
        )
        if problem
    ]
    if problems:
        return CheckResult("errors", FAILURE, "; ".join(problems))
    return CheckResult(
        "errors", PASSED, "mistakes have their status, failures in the stream are distinct from its end"
    )


def cors(context: CheckContext) -> CheckResult:
    """Be a page of another origin: the preflight, an answer, and every error must let it read them."""
    origin, url = context.origin, context.api.url
    if not origin:
        raise NotApplicable("needs --origin, the origin of a page that may call the API")
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    page = JSON | {"Origin": origin}
    replies = {
        "the preflight": context.ask(Request(url, b"", asked, "OPTIONS"), sign=False),
        "an answer": context.ask(replace(Challenge(()).request(url), headers=page)),
        "a 400": context.ask(Request(url, b"no", page)),
        "a request without credentials": context.ask(Request(url, b"{}", page), sign=False),
        "a wrong path": context.ask(Request(_nowhere(url), b"{}", page)),
    }
    problems = [f"{name}: {why}" for name, reply in replies.items() if (why := unreadable(reply, origin))]
    preflight = replies["the preflight"]
    # a wildcard does not allow Authorization: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
    listed = preflight.headers.get("access-control-allow-headers", "").lower().split(",")
    allowed = {name.strip() for name in listed}
    problems += [
        f"the preflight does not allow the header {name}"
        for name in ("authorization", "content-type")
        if name not in allowed and (name == "authorization" or "*" not in allowed)
    ]
    if preflight.status >= 300:
        problems.append(f"the preflight has status {preflight.status}")
    if problems:
        return CheckResult("cors", FAILURE, "; ".join(problems))
    statuses = ", ".join(f"{name} {reply.status}" for name, reply in replies.items())
    return CheckResult("cors", PASSED, f"a page of {origin} may read all of: {statuses}")


def unreadable(reply: ApiReply, origin: str) -> str:
    """Return why a page of ``origin`` may not read a reply, and nothing when it may."""
    allowed = reply.headers.get("access-control-allow-origin", "")
    if allowed not in ("*", origin):
        return f"access-control-allow-origin is {allowed or 'missing'} (status {reply.status})"
    if allowed == "*" and reply.headers.get("access-control-allow-credentials") == "true":
        return "access-control-allow-origin is * while credentials are allowed"
    return ""


def _refused(context: CheckContext, what: str, request: Request, statuses: set[int], code: str = "") -> str:
    reply = context.ask(request)
    if reply.status not in statuses:
        wanted = " or ".join(map(str, sorted(statuses)))
        return f"{what} has status {reply.status or 'none'} instead of {wanted}"
    if code and code_of(reply.body) != code:
        return f"{what} has no error of the code {code}: {reply.body[:80]!r}"
    return ""


def _breaks(context: CheckContext, extra: Mapping[str, object], expected: Verdict) -> str:
    challenge = Challenge((20,) * 5, extra=extra)
    recording = context.record(challenge)
    (what,) = extra
    try:
        complete_stamps(recording, challenge)
    except AnswerFault as fault:
        late = (recording.end.ns - recording.arrivals[-1].ns) / 1e9 if recording.arrivals else 0
        if fault.verdict is not expected:
            return f"{what} is seen as {fault.verdict.value}: {fault}"
        return f"{what} ends {late:.1f} s after the last event" if late > ERROR_WITHIN else ""
    return f"{what} is not seen at all: the answer is complete"


def _nowhere(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/no-such-route"))
