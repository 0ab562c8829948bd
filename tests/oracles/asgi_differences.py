"""Where our ASGI adapter and uvicorn part, and why: each with a script that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.oracles.asgi_apps import UNSENDABLE, Script, body, start
from tests.oracles.asgi_servers import Result

#: What is compared of two results.
EVERYTHING = ("whole", "status", "headers", "body", "seen", "error")


@dataclass(frozen=True)
class Difference:
    """A difference that is left.

    :param applies: tells of a script and our result whether it is concerned
    :param compared: what is compared nevertheless
    """

    name: str
    why: str
    example: Script
    applies: Callable[[Script, Result], bool]
    compared: tuple[str, ...] = ()


def _never_has_a_body(script: Script) -> bool:
    return script.method == "HEAD" or any(
        isinstance(each, dict) and each.get("status") in (204, 304) for each in script.steps
    )


def _sends_another_body(script: Script) -> bool:
    """Tell whether a body is sent that uvicorn takes otherwise where there can be none."""
    bodies = [each["body"] for each in script.steps if isinstance(each, dict) and each.get("body")]
    kinds = (bytes, bytearray, memoryview)
    return any(script.method != "HEAD" or not isinstance(each, kinds) for each in bodies)


def _has_header(script: Script, *names: bytes) -> bool:
    return any(
        name.lower() in names
        for each in script.steps
        if isinstance(each, dict)
        for name, _ in each.get("headers", ())
    )


DIFFERENCES = [
    Difference(
        "headers of the connection",
        "API Gateway has its own connection to the client, so they are left out",
        Script("GET", (start(200, (b"keep-alive", b"timeout=5")), body(b"ab"))),
        lambda script, _: _has_header(script, b"keep-alive"),
        ("whole", "status", "body", "seen", "error"),
    ),
    Difference(
        "content-encoding",
        "API Gateway streams no encoded content, so it is refused",
        Script("GET", (start(200, (b"content-encoding", b"gzip")), body(b"ab"))),
        lambda script, _: _has_header(script, b"content-encoding"),
    ),
    Difference(
        "blanks around the value of a header",
        "h11 refuses them; here they are sent, and are no part of the value to any reader",
        Script("GET", (start(200, (b"x-blank", b" a ")), body(b"ab"))),
        lambda script, _: _has_header(script, b"x-blank"),
    ),
    Difference(
        "an application goes on after a message that could not be sent",
        "h11 has then given the connection up; here it may still answer, with an error for example",
        Script("GET", (start(600), start(), body(b"ab")), stubborn=True),
        lambda script, ours: script.stubborn and UNSENDABLE in ours.seen,
    ),
    Difference(
        "a body where there can be none (HEAD, 204, 304)",
        "uvicorn drops any for HEAD and refuses it with 204 and 304; here bytes are dropped",
        Script("GET", (start(204), body(b"ab"))),
        lambda script, _: _never_has_a_body(script) and _sends_another_body(script),
    ),
    Difference(
        "a response without a body that breaks (HEAD, 204, 304)",
        "uvicorn has sent its head, so that the client cannot see it; here the client gets an error",
        Script("GET", (start(204),)),
        lambda script, ours: _never_has_a_body(script) and not ours.whole,
        ("seen",),
    ),
    Difference(
        "a response that breaks when it has all of its content-length",
        "the client of uvicorn has it all; in Lambda the response is broken off nevertheless",
        Script("GET", (start(200, (b"content-length", b"2")), body(b"ab", more=True), body(b"c"))),
        lambda script, ours: not ours.whole and ("content-length", (str(len(ours.body)),)) in ours.headers,
        ("status", "headers", "body", "seen", "error"),
    ),
    Difference(
        "a response that breaks before its first byte",
        "uvicorn has sent the head, and cuts; here the head waits, and the client gets an error",
        Script("GET", (start(201), "raise")),
        lambda _, ours: not ours.whole and ours.status is None,
        ("whole", "body", "seen", "error"),
    ),
]


def difference(script: Script, ours: Result) -> Difference | None:
    """Return the listed difference that a script shows."""
    return next((each for each in DIFFERENCES if each.applies(script, ours)), None)


def parted(script: Script, ours: Result, theirs: Result) -> dict[str, tuple[object, object]]:
    """Return what differs of two results, beyond the listed differences."""
    listed = difference(script, ours)
    compared = listed.compared if listed else EVERYTHING
    return {
        each: (getattr(ours, each), getattr(theirs, each))
        for each in compared
        if getattr(ours, each) != getattr(theirs, each)
    }
