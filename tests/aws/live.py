"""One run of the suite in an account: whether it may begin, what it deploys, what it wrote down."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".venv" / "bin"
#: The account that the suite may deploy to and be charged in, in twelve digits.
ACCOUNT = "STREAMING_API_AWS_ACCOUNT"


class Refused(Exception):
    """The suite may not begin; nothing was changed."""


def check_account(env: Mapping[str, str]) -> str:
    """Return the account that was named, if the credentials are for it.

    :raises Refused: when none was named, or the credentials are for another one or for none
    """
    named = env.get(ACCOUNT, "")
    if not re.fullmatch(r"\d{12}", named):
        raise Refused(f"set {ACCOUNT} to the account that this may deploy to; it costs money there")
    try:
        found = boto3.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as failure:
        raise Refused(f"AWS does not say whose credentials these are: {failure}") from failure
    if found != named:
        raise Refused(f"{ACCOUNT} is {named}, but the credentials are for {found}")
    return named


@dataclass(frozen=True)
class Run:
    """Runs commands and keeps what they printed.

    :param transcript: the file that it is kept in, with the time of each command.
    """

    name: str
    transcript: Path

    def command(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout, whatever comes of it."""
        begun = datetime.now(timezone.utc)
        command = list(map(str, arguments))
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        shown = " ".join([Path(command[0]).name, *command[1:]])
        with self.transcript.open("a", encoding="utf-8") as file:
            file.write(f"\n## {begun:%H:%M:%S} `{shown}`\n\n```text\n{done.stdout}{done.stderr}```\n")
            file.write(f"\nexit code {done.returncode}\n")
        return done

    def cdk(self, verb: str, *flags: str) -> None:
        """Run the CDK command line on the stack of this run.

        :raises RuntimeError: with what it printed, when it fails
        """
        app = ["--app", "python -m tests.aws.app", "--context", f"name={self.name}"]
        output = ["--output", str(self.transcript.with_suffix(".cdk.out"))]
        done = self.command(TOOLS / "cdk", verb, self.name, *app, *output, *flags, "--ci", "--no-color")
        if done.returncode:
            raise RuntimeError(f"cdk {verb} failed\n{done.stdout}{done.stderr}")


def begin(folder: Path, account: str) -> Run:
    """Return a run with a name of its own and a transcript that says when and where it was."""
    now = datetime.now(timezone.utc)
    name = f"StreamingChatTest-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    folder.mkdir(parents=True, exist_ok=True)
    transcript = folder / f"{name}.md"
    region = boto3.Session().region_name or os.environ.get("AWS_REGION")
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    where = f"a stand-in at {endpoint}, which is not AWS" if endpoint else "AWS"
    transcript.write_text(
        f"# {name}\n\n{now:%Y-%m-%d %H:%M:%S} UTC, account {account}, {region}, {where}\n", "utf-8"
    )
    return Run(name, transcript)


@contextmanager
def deployed(run: Run) -> Iterator[Run]:
    """Deploy the stack of a run, and destroy it whatever happens, also when it was half deployed."""
    try:
        run.cdk("deploy", "--require-approval", "never")
        yield run
    finally:
        run.cdk("destroy", "--force")
