"""A function that is invoked without the API: what it is sent, and what does not take the verdict away."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import threading

import pytest
from aiohttp import web

from streaming_api_tools.measure.cadence import CadenceLimits
from streaming_api_tools.measure.classify import RunFinding
from streaming_api_tools.measure.diagnosis import diagnose
from streaming_api_tools.measure.function import event_of
from streaming_api_tools.measure.resolve import NamedFunction
from streaming_api_tools.measure.runs import Plan
from streaming_api_tools.measure.series import conclude
from streaming_api_tools.measure.subject import CallOptions, Subject, function_target
from streaming_api_tools.measure.targets import ApiTarget
from streaming_api_tools.measure.verdicts import Verdict
from tests.smoke.aws_standin import FUNCTIONS
from tests.smoke.conftest import STREAMING_API
from tests.smoke.servers import serving

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1"}


def test_function_invoke_binary_body_is_base64_in_the_event() -> None:
    event = json.loads(event_of(b"\xff\x00", "/chat"))
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


def test_smoke_function_sigint_does_not_wait_for_a_silent_function(
    environ: dict[str, str],
) -> None:
    reached = threading.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        reached.set()
        await asyncio.sleep(60)
        return web.Response()

    with serving(lambda: {FUNCTIONS.format(name="probe"): silent}) as url:
        process = subprocess.Popen(
            [STREAMING_API, "smoke", "probe:live"],
            env=environ | KEYS | {"AWS_ENDPOINT_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert reached.wait(60)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (130, b"")


def test_smoke_diagnose_unusable_function_keeps_the_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    api = ApiTarget("http://127.0.0.1:1/probe")
    subject = Subject(api, (), function_target(NamedFunction("probe"), CallOptions()))
    buffered = conclude([RunFinding(Verdict.BUFFERED, ("seen",))], CadenceLimits())
    conclusion = diagnose(subject, Plan(1, 0, 12, (5, 15), CadenceLimits()), buffered, None)
    assert (conclusion.verdict, conclusion.hop) == (Verdict.BUFFERED, "unknown")
    assert "nobody" in conclusion.evidence[-1]
