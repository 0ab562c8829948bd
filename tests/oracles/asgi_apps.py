"""Applications that do what a script says, valid or not, and random scripts."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from starlette.types import Receive, Scope, Send

#: A message to send, ``receive`` or ``raise``.
Step: TypeAlias = "dict[str, Any] | str"
#: Scripts that both servers run, and examples of the property.
SCRIPTS, PROPERTY, SEED = 700, 200, 15
START, BODY = "http.response.start", "http.response.body"
OUT_OF_ORDER, UNSENDABLE = "in no order", "cannot be sent"
METHODS = ["GET", "POST", "HEAD"]
STATUSES = [200, 200, 200, 201, 204, 304, 404, 500, 599, 101, 600]
HEADERS: list[tuple[bytes, bytes]] = [
    *((b"content-type", b"text/plain"), (b"X-A", b"1"), (b"x-a", b"2"), (b"x-empty", b"")),
    *(
        (b"Set-Cookie", b"a=1; Path=/"),
        (b"set-cookie", b"b=2"),
        (b"x-latin", b"caf\xe9"),
        (b"x-tab", b"a\tb"),
    ),
    *((b"content-length", b"4"), (b"x-tab", b"a\tb"), (b"location", b"/a"), (b"cache-control", b"no-store")),
    *(
        (b"x bad", b"1"),
        (b"", b"1"),
        (b"x-line", b"a\r\nb: c"),
        (b"x-nul", b"a\0b"),
        (b"content-length", b"x"),
    ),
]
BODIES: list[Any] = [b"", b"ab", b"abcd", b"\0\xff", bytearray(b"cd"), memoryview(b"ef"), "text", {"a": 1}]
OTHER: Step = {"type": "http.response.push", "path": "/"}


@dataclass(frozen=True)
class Script:
    """What an application does.

    :param stubborn: whether it goes on after an exception of ``send``
    """

    method: str
    steps: tuple[Step, ...]
    stubborn: bool = False


@dataclass
class Scripted:
    """An application that does what its script says, and notes what it gets."""

    script: Script = Script("GET", ())
    seen: list[str] = field(default_factory=list)
    error: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def begin(self, script: Script) -> None:
        """Take the next script."""
        self.script, self.seen, self.error = script, [], ""
        self.ended.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        try:
            for step in self.script.steps:
                await self._do(step, receive, send)
        except Exception as error:
            self.error = kind_of(error)
            raise
        finally:
            self.ended.set()

    async def _do(self, step: Step, receive: Receive, send: Send) -> None:
        if step == "raise":
            raise ZeroDivisionError("of the application")
        if step == "receive":
            self.seen.append((await receive())["type"])
            return
        assert isinstance(step, dict)
        try:
            await send(dict(step))
            self.seen.append("sent")
        except Exception as error:
            self.seen.append(kind_of(error))
            if not self.script.stubborn:
                raise


def kind_of(error: BaseException) -> str:
    """Return what an exception is about: each server has types of its own for what cannot be sent."""
    if isinstance(error, ZeroDivisionError):
        return "of the application"
    # a RuntimeError by its very type; h11's errors are none
    return OUT_OF_ORDER if type(error) is RuntimeError else UNSENDABLE


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> Step:
    """Return the message that begins a response."""
    return {"type": START, "status": status, "headers": list(headers)}


def body(content: object = b"", more: bool = False) -> Step:
    """Return a message of the body."""
    return {"type": BODY, "body": content, "more_body": more}


def _valid(chance: random.Random, method: str) -> list[Step]:
    status = chance.choice(STATUSES[:-2])
    headers = chance.sample(HEADERS[:-5], chance.randint(0, 4))
    without = status in (204, 304) or method == "HEAD"
    if without or chance.random() < 0.7:
        headers = [each for each in headers if each[0] != b"content-length"]
    pieces = [] if status in (204, 304) else chance.choices(BODIES[:-2], k=chance.randint(0, 4))
    messages = [body(each, more=True) for each in pieces] + [body()]
    if chance.random() < 0.2:
        messages[-1] = {"type": BODY}
    return [start(status, *headers), *messages]


def _spoiled(chance: random.Random, steps: list[Step]) -> list[Step]:
    """Return the steps with one that is missing, too many, or what no server can send."""
    place, kind = chance.randrange(len(steps) + 1), chance.randrange(7)
    if kind == 0 and steps:
        return steps[: place - 1] + steps[place:] if place else steps[1:]
    if kind == 1:
        return [*steps[:place], start(chance.choice(STATUSES)), *steps[place:]]
    if kind == 2:
        return [*steps[:place], body(chance.choice(BODIES[1:3]), more=chance.random() < 0.5), *steps[place:]]
    if kind == 3:
        return [*steps[:place], "raise" if chance.random() < 0.5 else OTHER, *steps[place:]]
    if kind == 4:
        return [start(chance.choice(STATUSES), chance.choice(HEADERS)), *steps[1:]]
    if kind == 5:
        return [*steps[:1], body(chance.choice(BODIES[-2:]), more=True), *steps[1:]]
    return steps[:place]


def _declares_length(steps: list[Step]) -> bool:
    # where an application goes on after a body of another length, uvicorn leaves the client waiting
    return any(b"content-length" in dict(each.get("headers", ())) for each in steps if isinstance(each, dict))


def script(chance: random.Random) -> Script:
    """Return a script, two of three valid in all but perhaps the length of the body."""
    method = chance.choice(METHODS)
    steps = _valid(chance, method)
    if chance.random() < 0.5:
        steps = ["receive", *steps]
    spoiled = chance.random() < 0.5
    steps = _spoiled(chance, steps) if spoiled else [*steps, "receive"]
    if not spoiled and chance.random() < 0.2:
        steps.append("raise")
    return Script(method, tuple(steps), stubborn=not _declares_length(steps) and chance.random() < 0.5)


def seeded() -> list[Script]:
    """Return the same scripts in each run."""
    return [script(random.Random(SEED * 100_003 + number)) for number in range(SCRIPTS)]
