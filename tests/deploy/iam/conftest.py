"""A ministack that enforces IAM, to which the genuine CDK command line deploys bedrock_app.py."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
import trustme
from botocore.exceptions import BotoCoreError, ClientError
from demo import ACCOUNT, CDK, MINISTACK, REGION, TOOLS, demo_environment, ministack_environment
from processes import free_port, service, wait_until

APP = Path(__file__).parent / "bedrock_app.py"
Clients: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Yield a factory of AWS clients: ``clients("iam")``, or with the credentials of AssumeRole.

    Over TLS, because the bucket of ``cdk bootstrap`` denies everything else and here a denial counts.
    """
    folder = tmp_path_factory.mktemp("iam")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(certificate))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(key))
    port = free_port()
    env = demo_environment(os.environ, f"https://127.0.0.1:{port}")
    env |= {"NODE_EXTRA_CA_CERTS": str(certificate), "AWS_CA_BUNDLE": str(certificate)}
    tls = {"USE_SSL": "1", "MINISTACK_SSL_CERT": str(key), "MINISTACK_SSL_KEY": str(key)}

    def client(name: str, credentials: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - boto3 has no types
        own = {"AccessKeyId": env["AWS_ACCESS_KEY_ID"], "SecretAccessKey": env["AWS_SECRET_ACCESS_KEY"]}
        given = own if credentials is None else credentials
        return boto3.client(
            name,
            region_name=REGION,
            endpoint_url=env["AWS_ENDPOINT_URL"],
            verify=str(certificate),
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given.get("SessionToken"),
        )

    def answers() -> bool:
        try:
            return bool(client("sts").get_caller_identity())
        except (BotoCoreError, ClientError):
            return False

    with service(
        [MINISTACK], {**ministack_environment(env, port), **tls, "AUTH": "true"}, folder / "log"
    ) as process:
        wait_until(answers, process, "ministack")
        _cdk(env, folder, "bootstrap", f"aws://{ACCOUNT}/{REGION}")
        _cdk(env, folder, "deploy", "BedrockRoles", "--require-approval", "never")
        yield client


def _cdk(env: Mapping[str, str], folder: Path, *arguments: str) -> None:
    app = ["--app", f"{TOOLS / 'python'} {APP}", "--output", str(folder / "cdk.out"), "--ci", "--no-notices"]
    done = subprocess.run([str(CDK), *arguments, *app], env=dict(env), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
