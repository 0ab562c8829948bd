"""Hold the documents of ``streaming-api policy`` against two simulators of IAM, conditions included.

iam-simulate knows AWS's actions, resource types and condition keys, and refuses what does not exist.
tests/deploy/iam asks ministack the same of deployed roles.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cdk_streaming_api.policy import main
from tests.oracles import npm
from tests.oracles.iam_cases import ACCOUNT, ALLOWED, CASES, DENIED, PLACE, POLICIES, Case
from tests.oracles.iam_differences import UNDECIDED, undecided

ROOT = Path(__file__).resolve().parents[2]
MINISTACK = ROOT / ".ministack" / "bin" / "python"
EVALUATE = ROOT / "tests" / "deploy" / "iam" / "evaluate.py"
#: What a simulator says of an action that has no such resource.
NO_RESOURCE = {"message": "no.resource.types"}


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the documents that the command prints, by their kinds."""
    found = {}
    for kind, arguments in POLICIES.items():
        assert main([*arguments, *PLACE]) == 0
        found[kind] = json.loads(capsys.readouterr().out)
    return found


def asked(case: Case) -> dict[str, object]:
    """Return a case as JSON."""
    return {
        **{"kind": case.kind, "role": case.kind, "action": case.action, "resource": case.resource},
        **{"context": dict(case.context), "region": case.region},
    }


def test_policy_of_each_kind_allows_and_denies_by_iam_simulate(capsys: pytest.CaptureFixture[str]) -> None:
    given = {"policies": printed(capsys), "cases": [asked(case) for case in CASES], "account": ACCOUNT}
    seen = set()
    for case, answer in zip(CASES, npm.run("iam_decide.mjs", given), strict=True):
        if pattern := undecided(case):
            assert answer["errors"] == NO_RESOURCE, case
            seen.add(pattern)
            continue
        assert answer["errors"] is None, (case, answer)
        # a key that the action does not have would be a condition that is never met
        assert answer["ignored"] == [], (case, answer)
        assert (ALLOWED if answer["decision"] == "Allowed" else DENIED) == case.decision, (case, answer)
    assert seen == set(UNDECIDED)


def test_policy_of_each_kind_allows_and_denies_by_ministack(capsys: pytest.CaptureFixture[str]) -> None:
    policies = {kind: [document] for kind, document in printed(capsys).items()}
    done = subprocess.run(
        [str(MINISTACK), str(EVALUATE)],
        input=json.dumps({"policies": policies, "cases": [asked(case) for case in CASES]}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for case, decision in zip(CASES, json.loads(done.stdout), strict=True):
        assert (ALLOWED if decision == "Allow" else DENIED) == case.decision, (case, decision)


def test_policy_cases_allow_and_deny_for_every_kind() -> None:
    for kind in POLICIES:
        assert {case.decision for case in CASES if case.kind == kind} == {ALLOWED, DENIED}, kind
