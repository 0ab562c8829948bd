"""The servers under test, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.runtime.install import ROOT

LOCAL = (sys.executable, "-m", "streaming_api_tools", "local")
#: What a function is here: a process that says where its Runtime API is; the benchmark does the rest.
BOOTSTRAP = """#!/bin/sh
echo "$AWS_LAMBDA_RUNTIME_API" > "$RENDEZVOUS"
exec sleep 100000
"""


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], rendezvous: Path | None = None) -> None:
        self._process = process
        self.rendezvous = rendezvous
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("listening on http://").strip()
        host, _, port = url.partition(":")
        self.address = (host, int(port))

    def cpu(self) -> float:
        """Return the CPU time of the process alone, in seconds."""
        # clock_getcpuclockid(3), which Python does not have: the kernel's MAKE_PROCESS_CPUCLOCK
        return time.clock_gettime_ns((~self._process.pid << 3) | 2) / 1e9

    def send_signal(self, number: int) -> None:
        """Send a signal to the process."""
        self._process.send_signal(number)

    def resident(self) -> float:
        """Return the resident memory in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def echo() -> Iterator[Server]:
    """Run the bare aiohttp server."""
    with _process([sys.executable, "-m", "bench.gateway.echo"]) as process:
        yield Server(process)


@contextmanager
def gateway(scratch: Path, *options: str, command: Sequence[str] = LOCAL) -> Iterator[Server]:
    """Run ``streaming-api local`` as everybody does, with a function that the benchmark plays."""
    code, rendezvous = scratch / "code", scratch / "rendezvous"
    code.mkdir()
    (code / "bootstrap").write_text(BOOTSTRAP)
    (code / "bootstrap").chmod(0o755)
    os.mkfifo(rendezvous)
    template = scratch / "template.json"
    template.write_text(json.dumps(_template(code, rendezvous)), "utf-8")
    log = ["--concurrency", "1000", "--access-log", str(scratch / "access.log")]
    with local(template, *log, *options, command=command) as server:
        server.rendezvous = rendezvous
        yield server


@contextmanager
def gateway_before(upstream: tuple[str, int], scratch: Path) -> Iterator[Server]:
    """Run ``streaming-api local`` before a server that an HTTP integration reaches."""
    host, port = upstream
    integration: dict[str, object] = {
        "Type": "HTTP_PROXY",
        "IntegrationHttpMethod": "POST",
        "ResponseTransferMode": "STREAM",
        "TimeoutInMillis": 900000,
        "Uri": f"http://{host}:{port}/",
    }
    template = scratch / "http.json"
    template.write_text(json.dumps({"Resources": _api(integration)}), "utf-8")
    with local(template, "--access-log", str(scratch / "http.log")) as server:
        yield server


@contextmanager
def mock(scratch: Path) -> Iterator[Server]:
    """Run ``streaming-api local`` with a mock integration."""
    with local(mock_template(scratch, "mock"), "--access-log", str(scratch / "mock.log")) as server:
        yield server


def mock_template(scratch: Path, text: str) -> Path:
    """Write a template with a mock integration that answers with a text, in one step."""
    integration: dict[str, object] = {
        "Type": "MOCK",
        "RequestTemplates": {"application/json": '{"statusCode": 200}'},
        "IntegrationResponses": [{"StatusCode": "200", "ResponseTemplates": {"application/json": text}}],
    }
    template, written = scratch / "mock.json", scratch / "mock.json.new"
    written.write_text(json.dumps({"Resources": _api(integration)}), "utf-8")
    return written.replace(template)


@contextmanager
def local(template: Path, *options: str, command: Sequence[str] = LOCAL) -> Iterator[Server]:
    """Run ``streaming-api local`` on a free port."""
    with _process([*command, "--template", str(template), "--port", "0", *options]) as process:
        yield Server(process)


@contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _template(code: Path, rendezvous: Path) -> dict[str, object]:
    arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/${Function.Arn}"
    integration: dict[str, object] = {
        "Type": "AWS_PROXY",
        "IntegrationHttpMethod": "POST",
        "ResponseTransferMode": "STREAM",
        "TimeoutInMillis": 900000,
        "Uri": {"Fn::Sub": f"{arn}/response-streaming-invocations"},
    }
    function = {
        "Code": str(code),
        "Handler": "bench",
        "Runtime": "provided.al2023",
        "Timeout": 900,
        "Environment": {"Variables": {"RENDEZVOUS": str(rendezvous)}},
    }
    resource = {"Type": "AWS::Lambda::Function", "Properties": function}
    return {"Resources": {**_api(integration), "Function": resource}}


def _api(integration: dict[str, object]) -> dict[str, object]:
    """Return the resources of an API with one open method."""
    method = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Ref": "Resource"},
        "HttpMethod": "POST",
        "AuthorizationType": "NONE",
        "Integration": integration,
    }
    resource = {
        "RestApiId": {"Ref": "Api"},
        "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "PathPart": "stream",
    }
    stage = {
        "RestApiId": {"Ref": "Api"},
        "StageName": "prod",
        "AccessLogSetting": {"Format": "$context.requestId $context.status"},
    }
    return {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "bench", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
        },
        "Resource": {"Type": "AWS::ApiGateway::Resource", "Properties": resource},
        "Method": {"Type": "AWS::ApiGateway::Method", "Properties": method},
        "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
    }
