"""A ministack that checks signatures and enforces IAM, to which the genuine CDK command line deploys."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import boto3
import pytest
import trustme
from botocore.exceptions import BotoCoreError, ClientError
from demo import ACCOUNT, CDK, MINISTACK, REGION, ROOT, demo_environment, ministack_environment
from processes import free_port, service, wait_until

APP = Path(__file__).parent / "bedrock_app.py"
Clients: TypeAlias = Callable[..., Any]


class Account(NamedTuple):
    """An account where a denial counts, bootstrapped.

    :param env: environment of commands, with the credentials of the root user.
    :param clients: makes AWS clients: ``clients("iam")``, or with the credentials of AssumeRole.
    """

    env: Mapping[str, str]
    clients: Clients
    folder: Path


@pytest.fixture(scope="session")
def clients(account: Account) -> Clients:
    """The account's clients, once the roles of bedrock_app.py are there."""
    app: list[str | Path] = [
        "--app",
        f"python {shlex.quote(str(APP))}",
        "--output",
        account.folder / "cdk.out",
    ]
    cdk(account.env, "deploy", "BedrockRoles", "--require-approval", "never", *app)
    return account.clients


@pytest.fixture(scope="session")
def account(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Over TLS, because the bucket of ``cdk bootstrap`` denies everything else."""
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
        cdk(env, "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", assembly)
        yield Account(env, client, folder)


def cdk(env: Mapping[str, str], *arguments: str | Path) -> str:
    """Run the CDK command line to its success and return what it printed."""
    command = list(map(str, [CDK, *arguments, "--ci", "--no-color", "--no-notices"]))
    done = subprocess.run(command, cwd=ROOT, env=dict(env), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
