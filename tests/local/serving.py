"""The gateway in a thread of the tests, the gate that holds its functions, and a client."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from streaming_api_tools.local.application import Application
from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.http.limits import Limits
from streaming_api_tools.local.serve import Settings, serve
from streaming_api_tools.local.templates.cloud_assembly import load_template

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "lambda_src" / "layer"
FUNCTIONS = Path(__file__).with_name("functions")
#: Where Node.js packages are kept from one run to the next.
CACHE = ROOT / ".cache" / "streaming-api"
#: Nothing in these tests takes longer, unless it hangs.
PATIENCE = 20.0


class Gate:
    """The test's end of the connections of its handlers: they tell it things, it lets them go on."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self._opened: list[GatedFunction] = []
        host, port = self._listener.getsockname()
        self.address = f"{host}:{port}"

    def accept(self) -> GatedFunction:
        """Wait until a handler arrives."""
        connection, _ = self._listener.accept()
        self._opened.append(GatedFunction(connection))
        return self._opened[-1]

    def close(self) -> None:
        """Close every connection, which ends the handlers that still wait."""
        for function in self._opened:
            function.close()
        self._listener.close()


class GatedFunction:
    """One handler that has arrived at the gate."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(PATIENCE)
        self._lines = connection.makefile("r", encoding="utf-8")

    def let_go(self) -> None:
        """Let the handler take its next step."""
        self._connection.sendall(b"!")

    def hear(self, patience: float = PATIENCE) -> str:
        """Wait for the next thing that the handler says; "" when its process has ended."""
        self._connection.settimeout(patience)
        return self._lines.readline().rstrip("\n")

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._connection.close()


class Serving:
    """The gateway for one application, for ``with``.

    :param environment: variables that every function gets
    :param backends: where hosts of HTTP integrations are
    :param commands: command lines for functions, by name
    """

    def __init__(
        self,
        application: Application,
        *,
        access: Access | None = None,
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        token_delay: float | None = None,
        backends: Mapping[str, str] | None = None,
        commands: Mapping[str, str] | None = None,
        cut_failed: bool = False,
        allow_hosts: tuple[str, ...] = (),
        allow_origins: tuple[str, ...] = (),
    ) -> None:
        self.log: list[str] = []
        self.access_log: list[str] = []
        self.application = application
        self._settings = Settings(
            access=access or Access(enforced=False),
            log=self._note,
            access_log=self._note_access,
            environment=environment or {},
            limits=limits or Limits(),
            token_delay=token_delay,
            backends=backends or {},
            commands=commands or {},
            cut_failed=cut_failed,
            allow_hosts=allow_hosts,
            allow_origins=allow_origins,
            cache=CACHE,
        )
        self._noted = threading.Condition()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run)
        self.url = ""

    def __enter__(self) -> Serving:
        self._thread.start()
        # the first start on a machine downloads what Node.js functions need
        assert self._ready.wait(10 * PATIENCE), "the gateway has not started yet"
        assert self.url, "the gateway did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the gateway did not stop"

    def logged(self, text: str) -> str:
        """Wait for a line of the log with ``text`` in it and return it."""
        return self._find(self.log, text)

    def wait_for_reports(self, number: int) -> None:
        """Wait until so many invocations are over, and their environments free for others."""
        with self._noted:
            done = self._noted.wait_for(
                lambda: sum("REPORT RequestId" in line for line in self.log) >= number, PATIENCE
            )
        assert done, self.log

    def access_logged(self, text: str = "") -> str:
        """Wait for a line of the access log with ``text`` in it and return it."""
        return self._find(self.access_log, text)

    def _find(self, lines: list[str], text: str) -> str:
        with self._noted:
            found = self._noted.wait_for(lambda: [line for line in lines if text in line], PATIENCE)
        assert found, f"no line has {text!r}: {lines}"
        return found[-1]

    def _note(self, line: str) -> None:
        with self._noted:
            self.log.append(line)
            self._noted.notify_all()

    def _note_access(self, line: str) -> None:
        with self._noted:
            self.access_log.append(line)
            self._noted.notify_all()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        def ready(url: str) -> None:
            self.url = url
            self._ready.set()

        await serve(self.application, self._settings, ready, self._stop)


class Client:
    """One connection to the gateway; reads chunks as they arrive."""

    def __init__(self, url: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)

    def ask(
        self, method: str, path: str, body: bytes | str = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a request."""
        self._http.request(method, path, body, dict(headers or {}))

    def answer(self) -> http.client.HTTPResponse:
        """Wait for status and headers."""
        return self._http.getresponse()

    def send(
        self, method: str, path: str, body: bytes | str = b"", headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """Send a request and wait for status and headers."""
        self.ask(method, path, body, headers)
        return self.answer()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def template(
    routes: Mapping[str, Mapping[str, Any]], *, stage: Mapping[str, object] | None = None, **more: object
) -> dict[str, object]:
    """Return a template with one REST API.

    :param routes: ``"POST /path"`` -> properties: ``handler``, and those of the method that are not usual
    :param stage: further properties of the stage
    :param more: further resources
    """
    resources: dict[str, object] = {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "Api", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod", **(stage or {})},
        },
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": str(LAYER)}},
        **more,
    }
    for number, (name, route) in enumerate(routes.items()):
        method, path = name.split(" ")
        parent: dict[str, object] = {"Fn::GetAtt": ["Api", "RootResourceId"]}
        for depth, part in enumerate(path.strip("/").split("/")):
            resource = f"Resource{number}x{depth}"
            resources[resource] = {
                "Type": "AWS::ApiGateway::Resource",
                "Properties": {"RestApiId": {"Ref": "Api"}, "ParentId": parent, "PathPart": part},
            }
            parent = {"Ref": resource}
        resources[f"Method{number}"] = {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResourceId": parent,
                "HttpMethod": method,
                "AuthorizationType": route.get("authorization", "NONE"),
                "Integration": route.get("integration") or integration(f"Function{number}", route),
                **route.get("method", {}),
            },
        }
        if "handler" in route:
            resources[f"Function{number}"] = function(route)
    return {"Resources": resources}


def integration(logical_id: str, route: Mapping[str, object]) -> dict[str, object]:
    """Return an integration as the CDK writes it."""
    mode = route.get("mode", "STREAM")
    path = {
        "STREAM": "2021-11-15/functions/${%s.Arn}/response-streaming-invocations",
        "BUFFERED": "2015-03-31/functions/${%s.Arn}/invocations",
    }[str(mode)]
    arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/" + path % logical_id
    return {
        "Type": "AWS_PROXY",
        "IntegrationHttpMethod": "POST",
        "ResponseTransferMode": mode,
        "TimeoutInMillis": route.get("timeout", 900000),
        "Uri": {"Fn::Sub": arn},
    }


def function(route: Mapping[str, object]) -> dict[str, object]:
    """Return a function of these tests."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(route.get("code", FUNCTIONS)),
            "Handler": route["handler"],
            "Runtime": route.get("runtime", "python3.13"),
            "Timeout": route.get("function_timeout", 30),
            "MemorySize": 512,
            "Layers": route.get("layers", [{"Ref": "Layer"}]),
            "Environment": {"Variables": route.get("environment", {})},
            **dict(route.get("function", {})),  # type: ignore[call-overload]
        },
    }


def application(content: Mapping[str, object], scratch: Path) -> Application:
    """Return what a template serves."""
    file = scratch / "template.json"
    file.write_text(json.dumps(content), "utf-8")
    return load_template(file, "us-east-1", scratch)
