"""That the suite for a real account refuses, deploys, writes down and cleans up: shown against ministack.

What its tests find is for AWS to show; nothing here says anything about AWS.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from demo import ACCOUNT, ROOT

from tests.aws.live import ACCOUNT as NAMED
from tests.aws.live import Refused, Run, begin, check_account, deployed

Clients: TypeAlias = Callable[[str], Any]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def as_user(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give this process the environment of somebody who has credentials for the stand-in."""
    for name in [*os.environ]:
        if name.startswith("AWS_") and name not in aws:
            monkeypatch.delenv(name)
    for name, value in aws.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def stacks(clients: Clients) -> list[str]:
    return [it["StackName"] for it in clients("cloudformation").describe_stacks()["Stacks"]]


def pytest_run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


def test_aws_suite_is_not_selected_by_plain_pytest(aws: dict[str, str]) -> None:
    env = {**aws, NAMED: ACCOUNT}
    done = pytest_run(env, "tests/aws", "--collect-only")
    assert re.search(r"no tests collected \(\d+ deselected\)", done.stdout), done.stdout
    assert "tests/aws" not in (ROOT / ".ci" / "run").read_text("utf-8")
    suites = re.search(r"^SUITES := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert suites
    assert "aws" not in suites[1].split()


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (None, f"set {NAMED} to the account that this may deploy to"),
        ("123456789012", f"{NAMED} is 123456789012, but the credentials are for {ACCOUNT}"),
    ],
)
def test_aws_suite_refuses_an_unnamed_account_before_any_change(
    aws: dict[str, str], clients: Clients, named: str | None, message: str
) -> None:
    env = {key: value for key, value in aws.items() if key != NAMED} | ({NAMED: named} if named else {})
    done = pytest_run(env, "-m", "aws", "tests/aws")
    assert done.returncode == 1
    assert message in done.stdout
    assert "passed" not in done.stdout
    assert stacks(clients) == []


def test_aws_suite_refuses_credentials_that_aws_does_not_confirm(as_user: pytest.MonkeyPatch) -> None:
    as_user.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    as_user.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Refused, match="AWS does not say whose credentials these are"):
        check_account({NAMED: ACCOUNT})


def run_of(as_user: pytest.MonkeyPatch, folder: Path) -> Run:
    return begin(folder, check_account({NAMED: ACCOUNT}))


def test_aws_suite_destroys_its_stack_even_when_a_test_fails(
    as_user: pytest.MonkeyPatch, bootstrapped: None, clients: Clients, tmp_path: Path
) -> None:
    run = run_of(as_user, tmp_path)
    assert run.name != run_of(as_user, tmp_path).name
    seen = []

    def a_test_that_fails() -> None:
        with deployed(run):
            seen.extend(stacks(clients))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        a_test_that_fails()
    assert run.name in seen
    assert run.name not in stacks(clients)
    transcript = run.transcript.read_text("utf-8")
    assert re.search(
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, account 000000000000, us-east-1", transcript, re.MULTILINE
    )
    assert "which is not AWS" in transcript
    assert re.findall(r"^## [\d:]+ `cdk (\w+)", transcript, re.MULTILINE) == ["deploy", "destroy"]
    assert transcript.count("exit code 0") == 2
