"""The reference deployment in a real account; `pytest -m aws tests/aws` runs it and nothing else does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator

import boto3
import pytest

from streaming_api_tools.checks.account import STREAMED
from tests.aws.live import ROOT, TOOLS, Refused, Run, begin, check_account, deployed

pytestmark = [pytest.mark.aws, pytest.mark.timeout(3600)]
TRANSCRIPTS = ROOT / ".cache" / "aws-transcripts"


@pytest.fixture(scope="session")
def live() -> Iterator[Run]:
    """Deploy for all tests and destroy after the last, unless the account was not named."""
    try:
        account = check_account(os.environ)
    except Refused as refusal:
        pytest.fail(str(refusal), pytrace=False)
    run = begin(TRANSCRIPTS, account)
    print(f"transcript: {run.transcript}")
    with deployed(run):
        yield run


def test_live_probe_passes_every_check(live: Run) -> None:
    options = ["--wait", "120", "--checks", "all", "--max-model-requests", "8"]
    done = live.command(TOOLS / "streaming-api", "smoke", live.name, *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_live_probe_streams_over_http2(live: Run) -> None:
    options = ["--wait", "120", "--http-version", "2", "--checks", "errors,browser"]
    done = live.command(TOOLS / "streaming-api", "smoke", live.name, *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_live_chat_streams_piece_by_piece(live: Run) -> None:
    stacks = boto3.client("cloudformation").describe_stacks(StackName=live.name)["Stacks"]
    outputs = {it["OutputKey"]: it["OutputValue"] for it in stacks[0]["Outputs"]}
    done = live.command(TOOLS / "streaming-api", "chat", outputs["ChatUrl"], "Tell me a story.", "--stats")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_live_access_log_has_response_transfer_mode_streamed(live: Run) -> None:
    stacks = boto3.client("cloudformation").describe_stacks(StackName=live.name)["Stacks"]
    outputs = {it["OutputKey"]: it["OutputValue"] for it in stacks[0]["Outputs"]}
    logs = boto3.client("logs")
    deadline = time.monotonic() + 300
    while not (events := logs.filter_log_events(logGroupName=outputs["AccessLogGroupName"])["events"]):
        assert time.monotonic() < deadline, "no entry in the access log after five minutes"
        time.sleep(10)
    entries = [json.loads(event["message"]) for event in events]
    with live.transcript.open("a", encoding="utf-8") as file:
        file.write(f"\n## The access log\n\n```json\n{json.dumps(entries, indent=2)}\n```\n")
    probes = [entry for entry in entries if entry["resourcePath"] == "/probe" and entry["status"] == "200"]
    assert probes
    assert {entry["responseTransferMode"] for entry in probes} <= set(STREAMED)
