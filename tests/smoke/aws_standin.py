"""A stand-in for AWS over HTTP, for what ministack does not answer: event streams and exports of a stage.

It speaks the protocols as the botocore service models describe them, so that the real SDK is the client.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from xml.sax.saxutils import escape

from aiohttp import web

from tests.smoke.servers import Handler, probe_events
from tests.support import event_stream

INTEGRATION_RESPONSE = "application/vnd.awslambda.http-integration-response"
METADATA = b'{"statusCode": 200, "headers": {"Content-Type": "text/event-stream"}}' + bytes(8)
FUNCTIONS = "/2021-11-15/functions/{name}/response-streaming-invocations"

#: Writes the payload of an invocation, given the request body that the function is asked with.
Write = Callable[[bytes], Awaitable[None]]
Script = Callable[[web.Request, Write], Awaitable[Mapping[str, str] | None]]


def message(event_type: str, payload: bytes, content_type: str = "application/octet-stream") -> bytes:
    """Return one message of the event stream."""
    return event_stream.message(
        payload, message_type="event", event_type=event_type, content_type=content_type
    )


def exception(name: str, payload: bytes) -> bytes:
    """Return the message that ends an event stream in an exception."""
    return event_stream.message(payload, message_type="exception", exception_type=name)


class ProbeRequest:
    """The part of a request that a probe reads, from the proxy event of an invocation."""

    def __init__(self, body: str) -> None:
        self._body = body

    async def text(self) -> str:
        return self._body


def function(script: Script, content_type: str = INTEGRATION_RESPONSE) -> Handler:
    """Return a function that is invoked with InvokeWithResponseStream."""

    async def route(request: web.Request) -> web.StreamResponse:
        if request.headers.get("X-Amz-Invocation-Type") == "DryRun":
            return web.Response(status=204)
        response = web.StreamResponse(
            headers={
                "Content-Type": content_type,  # the member ResponseStreamContentType
                "X-Amz-Executed-Version": request.query.get("Qualifier", "$LATEST"),
                "x-amzn-RequestId": "invocation-1",
            }
        )
        await response.prepare(request)

        async def write(data: bytes) -> None:
            await response.write(message("PayloadChunk", data))

        complete = await script(request, write)
        if complete is not None:
            payload = json.dumps(dict(complete)).encode()
            await response.write(message("InvokeComplete", payload, "application/json"))
        return response

    return route


async def probe(request: web.Request, write: Write) -> Mapping[str, str]:
    """Answer as an honest probe function does."""
    event = json.loads(await request.read())
    await write(METADATA[:30])
    await write(METADATA[30:])
    async for part in probe_events(ProbeRequest(event["body"])):  # type: ignore[arg-type]
        await write(part)
    return {}


async def collected(request: web.Request, write: Write) -> Mapping[str, str]:
    """Answer with everything at the end, as a function does whose runtime cannot stream."""
    event = json.loads(await request.read())
    parts = [part async for part in probe_events(ProbeRequest(event["body"]))]  # type: ignore[arg-type]
    await write(METADATA + b"".join(parts))
    return {}


async def failing(request: web.Request, write: Write) -> Mapping[str, str]:
    """Fail after the first event."""
    await write(METADATA + b'data: {"i": 0, "s": 0.1}\n\n')
    return {"ErrorCode": "Unhandled", "ErrorDetails": '{"errorMessage": "boom"}'}


async def headless(request: web.Request, write: Write) -> Mapping[str, str]:
    """End without the delimiter."""
    await write(b'{"statusCode": 200}')
    return {}


async def unframed(request: web.Request, write: Write) -> Mapping[str, str]:
    """Write a delimiter too late."""
    await write(b" " * 17_000)
    return {}


async def torn(request: web.Request, write: Write) -> None:
    """End the event stream without saying that the invocation is complete."""
    await write(METADATA)


def refusing(status: int, code: str) -> Handler:
    """Return a function that may not be invoked."""

    async def route(request: web.Request) -> web.StreamResponse:
        body = {"Type": "User", "Message": f"{code} of the stand-in"}
        return web.json_response(body, status=status, headers={"x-amzn-ErrorType": code})

    return route


def cloudformation(
    stacks: Mapping[str, Mapping[str, str]], resources: Mapping[str, Mapping[str, str]], updated: str = ""
) -> Handler:
    """Return the query API of CloudFormation for stacks with outputs, and resources by their type.

    :param updated: when the stacks were last updated, in ISO 8601
    """
    times = "<CreationTime>2026-01-01T00:00:00Z</CreationTime>"
    times += f"<LastUpdatedTime>{updated}</LastUpdatedTime>" if updated else ""

    async def route(request: web.Request) -> web.StreamResponse:
        fields = await request.post()
        action, name = str(fields["Action"]), str(fields["StackName"])
        if name not in stacks:
            error = f"<Code>ValidationError</Code><Message>Stack with id {name} does not exist</Message>"
            body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"
            return web.Response(status=400, text=body, content_type="text/xml")
        if action == "DescribeStacks":
            outputs = _members(
                [{"OutputKey": key, "OutputValue": value} for key, value in stacks[name].items()]
            )
            stack = f"<member><StackName>{name}</StackName><Outputs>{outputs}</Outputs>{times}</member>"
            result = f"<Stacks>{stack}</Stacks>"
        else:
            found = [
                {"ResourceType": kind, "PhysicalResourceId": each}
                for kind, each in resources.get(name, {}).items()
            ]
            result = f"<StackResources>{_members(found)}</StackResources>"
        body = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
        return web.Response(text=body, content_type="text/xml")

    return route


def _members(rows: Sequence[Mapping[str, str]]) -> str:
    return "".join(
        "<member>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items()) + "</member>"
        for row in rows
    )


def rest_api(
    deployed: Mapping[str, object], configured: Mapping[str, object], path: str = "/probe"
) -> dict[str, Handler]:
    """Return the routes of API Gateway for an API with one POST that is deployed and configured so."""

    async def export(request: web.Request) -> web.StreamResponse:
        assert request.query["extensions"] == "integrations"
        method = {"post": {"x-amazon-apigateway-integration": deployed}}
        return web.json_response({"openapi": "3.0.1", "paths": {path: method}})

    async def resources(request: web.Request) -> web.StreamResponse:
        method = {"httpMethod": "POST", "methodIntegration": configured}
        found = {"id": "r1", "path": path, "resourceMethods": {"POST": method}}
        return web.json_response({"_embedded": {"item": [found]}, "item": [found]})

    return {
        "/restapis/{api}/stages/{stage}/exports/oas30": export,
        "/restapis/{api}/resources": resources,
    }
