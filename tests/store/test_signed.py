"""The tools on an API with IAM authorization that keeps its streams: each request to it is signed anew."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from tests.store.streams import ROUTES
from tests.support.bedrock.shipped import standin
from tests.support.command_line import SCRIPT
from tests.support.cutting import CuttingRelay
from tests.support.gateway import Serving
from tests.support.ministack import KEYS, Ministack
from tests.support.templates import ROOT, application, template

CODE = str(ROOT / "lambda_src")
HANDLERS = {"POST /chat": "chat.handler.handler", "POST /probe": "probe.handler.handler"}


@pytest.fixture(name="api", scope="module")
def _api(
    table_name: str, ministack: Ministack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    writes = {"STREAM_STORE_TABLE": table_name, "BEDROCK_MODEL_ID": "amazon.nova-lite-v1:0"}
    handlers = {**HANDLERS, **{route: f"streams.{name}.handler" for route, name in ROUTES.items()}}
    routes: dict[str, dict[str, object]] = {
        route: {
            "handler": handler,
            "code": CODE,
            "environment": writes if route in HANDLERS else {"STREAM_TABLE": table_name},
            "authorization": "AWS_IAM",
        }
        for route, handler in handlers.items()
    }
    content = application(template(routes), tmp_path_factory.mktemp("signed"))
    access = Access(Keys(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"]))
    with standin() as bedrock:
        environment = {**ministack.environment, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock}
        with Serving(content, access=access, environment=environment) as serving:
            yield serving


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command with credentials."""
    environment = {**os.environ, **KEYS, "AWS_REGION": "us-east-1"}
    return subprocess.run([SCRIPT, *arguments], env=environment, capture_output=True, text=True, timeout=120)


def test_signed_chat_is_resumed_with_a_signature_of_its_own(api: Serving) -> None:
    whole = run("chat", f"{api.url}/prod/", "Hi")
    with CuttingRelay(api.url, [150]) as relay:
        cut = run("chat", f"{relay.url}/prod/", "Hi")
    assert (cut.returncode, cut.stdout) == (0, whole.stdout)
    assert cut.stderr.count("goes on from there") == 1
    unsigned = run("chat", "--auth", "none", "--id", "0" * 32, f"{api.url}/prod/")
    assert (unsigned.returncode, "status 403" in unsigned.stderr) == (1, True)


def test_signed_smoke_checks_of_kept_streams_pass(api: Serving) -> None:
    schedule = ("--runs", "1", "--gap-ms", "30", "110")
    # a busy machine may take longer than a deployment has for a cancel
    for _ in range(3):
        done = run("smoke", f"{api.url}/prod/", *schedule, "--checks", "resume,cancel", "--json")
        outcomes = {case["name"]: case["outcome"] for case in json.loads(done.stdout)["checks"]}
        if set(outcomes.values()) == {"passed"}:
            break
    assert outcomes == {"resume": "passed", "cancel": "passed"}
