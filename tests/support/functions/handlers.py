"""Handlers that the gateway runs in its child processes; a test holds them at its gate."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from typing import Protocol

from lambda_streaming import HTTPError, Response, stream

Event = dict[str, str]
PRELUDE = b'{"statusCode":200,"headers":{"Content-Type":"text/plain"}}' + bytes(8)


class Context(Protocol):
    """What these handlers use of Lambda's context."""

    aws_request_id: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the timeout."""


class ClientContext(Protocol):
    """What the caller of the Lambda API may say about itself."""

    custom: dict[str, str]


class LambdaContext(Protocol):
    """The same, for a handler that is invoked through the Lambda API."""

    client_context: ClientContext
    invoked_function_arn: str


class Gate:
    """The handler's end of a connection to the test."""

    def __init__(self) -> None:
        host, port = os.environ["GATE"].split(":")
        self._socket = socket.create_connection((host, int(port)))

    def say(self, text: str) -> None:
        """Tell the test something."""
        self._socket.sendall(text.encode() + b"\n")

    def wait(self) -> None:
        """Wait until the test says go on."""
        if not self._socket.recv(1):
            raise RuntimeError("the test is gone")


@stream(media_type="text/plain")
def gated(event: Event, context: Context) -> Iterator[bytes]:
    """Yield as many numbers as the body says, each after the test has let it."""
    gate = Gate()
    gate.say(str(os.getpid()))
    for number in range(int(event["body"])):
        gate.wait()
        yield b"%d\n" % number
    gate.say("done")


@stream(media_type="application/x-ndjson")  # a stream that has a place for the error gets trailers
def fails_midway(event: Event, context: Context) -> Iterator[bytes]:
    yield b"first\n"
    raise ValueError("secret detail")


def exits_midway(event: Event, context: Context) -> None:
    with post(context, PRELUDE + b"first\n"):
        Gate().wait()
        os._exit(3)


def hangs_midway(event: Event, context: Context) -> None:
    with post(context, PRELUDE + b"first\n"):
        time.sleep(60)


@stream(media_type="text/plain")
def floods(event: Event, context: Context) -> Iterator[bytes]:
    """Yield a lot, telling the test after each chunk that it got rid of it."""
    gate = Gate()
    for _ in range(int(event["body"])):
        yield b"x" * 65536
        gate.say("+")


@stream
def responds(event: Event, context: Context) -> Response:
    """Answer with what the body describes."""
    described = json.loads(event["body"])
    if "refuse" in described:
        raise HTTPError(described["refuse"], "refused")
    return Response(
        described.get("status", 200),
        headers=described.get("headers", {}),
        cookies=described.get("cookies", []),
        body=[bytes.fromhex(described.get("hex", ""))],
    )


def fails(event: Event, context: Context) -> None:
    raise ValueError("secret detail")


def exits(event: Event, context: Context) -> None:
    os._exit(3)


def hangs(event: Event, context: Context) -> None:
    time.sleep(60)


def echo(event: Event, context: Context) -> dict[str, object]:
    """Return the event, the environment and where the process is, buffered."""
    print("to stdout")
    print("to stderr", file=sys.stderr)
    seen = {
        "event": event,
        "environ": dict(os.environ),
        "cwd": os.getcwd(),
        "pid": os.getpid(),
        "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
    }
    return {"statusCode": 200, "headers": {"X-Buffered": "yes"}, "body": json.dumps(seen)}


def raw(event: Event, context: Context) -> None:
    """Post the bytes that the body gives in hex as a whole streaming response, whatever they are."""
    connection = post(context, bytes.fromhex(event["body"] or ""))
    connection.sendall(b"0\r\n\r\n")
    connection.recv(1024)
    # the runtime would answer a second time
    os._exit(0)


def reports_in_trailers(event: Event, context: Context) -> None:
    """Stream a line and report an error behind it, as AWS's own runtime clients do."""
    kind, details = "Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body"
    connection = post(context, b"{}" + bytes(8) + b"first\n", f"Trailer: {kind}, {details}\r\n")
    body = base64.b64encode(b'{"errorMessage":"secret detail"}').decode()
    connection.sendall(f"0\r\n{kind}: Function.Broken\r\n{details}: {body}\r\n\r\n".encode())
    connection.recv(1024)
    os._exit(0)


def post(context: Context, data: bytes, fields: str = "") -> socket.socket:
    """Begin a streaming response by hand, without the library and its safeguards."""
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(
        f"POST /2018-06-01/runtime/invocation/{context.aws_request_id}/response HTTP/1.1\r\n"
        f"Host: {host}\r\nTransfer-Encoding: chunked\r\n"
        f"Lambda-Runtime-Function-Response-Mode: streaming\r\n{fields}\r\n".encode()
    )
    if data:
        connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))
    return connection


def head_first(event: Event, context: Context) -> None:
    """Send the prelude, and the body when the test says so."""
    connection = post(context, b'{"statusCode":201}' + bytes(8))
    Gate().wait()
    connection.sendall(b"4\r\nbody\r\n0\r\n\r\n")
    connection.recv(1024)
    os._exit(0)


def client_context(event: Event, context: LambdaContext) -> dict[str, object]:
    """Return what the caller said about itself."""
    print("x" * 5000)
    return {"custom": context.client_context.custom, "arn": context.invoked_function_arn}


def authorizer(event: dict[str, str], context: Context) -> object:
    """Let in, or not, as the token or the header X-Token says."""
    headers = event.get("headers")
    token = event.get("authorizationToken") or (headers["X-Token"] if isinstance(headers, dict) else "")
    if token == "Bearer unauthorized":
        raise Exception("Unauthorized")
    if token == "Bearer broken":
        raise ValueError("secret detail")
    if token == "Bearer nonsense":
        return {"principalId": 1}
    effect = "Deny" if token == "Bearer deny" else "Allow"
    resource = "arn:aws:elsewhere" if token == "Bearer elsewhere" else event["methodArn"]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": "me",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"seat": 7, "vip": True, "kind": event["type"], "path": event.get("path", "")},
        "usageIdentifierKey": "key-of-me-that-is-long-enough",
    }
