"""How the step of the pipeline that proves gets its role: by credentials of CodeBuild, with no key stored."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo import ACCOUNT

from stacks.pipeline_stack import ASSUME_ROLE
from tests.deploy.iam.conftest import Account
from tests.support.servers import ScriptedServer, json_body

WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ProofOfTheStage"


@pytest.fixture
def container(account: Account) -> Iterator[str]:
    """Hand out credentials as a container's endpoint does, of a user who may assume the stage's role only."""
    iam = account.clients("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="ProofOfTheStage", AssumeRolePolicyDocument=document)
    iam.create_user(UserName="step")
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="step", PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName="step")["AccessKey"]
    answer = {
        **{name: key[name] for name in ("AccessKeyId", "SecretAccessKey")},
        "Token": "",
        "Expiration": "2099-01-01T00:00:00Z",
    }

    with ScriptedServer(json_body(answer)) as server:
        yield f"{server.url}/"


def who_am_i(account: Account, container: str, role: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the commands of the step, and then ask for the identity as the next command would have it."""
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    env = {name: value for name, value in account.env.items() if name not in keys}
    env |= {"AWS_CONTAINER_CREDENTIALS_FULL_URI": container, "SMOKE_ROLE_ARN": role}
    script = "\n".join([*ASSUME_ROLE, f'{shlex.quote(sys.executable)} -c "{WHO}"'])
    return subprocess.run(["bash", "-ec", script], cwd=folder, env=env, capture_output=True, text=True)


def test_pipeline_proof_step_acts_as_the_role_of_the_stage(
    account: Account, container: str, tmp_path: Path
) -> None:
    done = who_am_i(account, container, ROLE, tmp_path)
    assert done.stdout.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/ProofOfTheStage/"), done.stderr
    # what is written names the role and no key
    (written,) = tmp_path.iterdir()
    assert written.read_text("utf-8") == f"[default]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n"
