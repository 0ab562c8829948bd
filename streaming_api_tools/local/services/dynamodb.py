"""Run ministack for its DynamoDB, with the tables of the template, in an environment of its own.

It pins packages that others need in other versions: https://github.com/ministackorg/ministack
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..application import Table
from ..http.address import LOOPBACK

MINISTACK = "ministack==1.5.33"
PIP_OPTIONS = ("--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1")
#: Seconds: what it takes to start, between two looks, and what it gets to stop.
PATIENCE, PAUSE, GRACE = 30.0, 0.05, 5.0
#: It takes any.
ANY_KEY = "test"


class DynamoDB:
    """A DynamoDB on loopback.

    :param tables: what is in it at the start
    :param cache: the folder that ministack is installed into when it is first needed
    :param executable: a ministack that is installed already. Default: - the one in ``cache``
    """

    def __init__(
        self,
        tables: Sequence[Table],
        region: str,
        cache: Path,
        log: Callable[[str], None],
        executable: Path | None = None,
    ) -> None:
        self._tables = tables
        self._region = region
        self._cache = cache.absolute()
        self._log = log
        self._executable = executable
        self._process: Process | None = None

    async def start(self) -> str:
        """Start it with its tables, and return the endpoint URL.

        :raises OSError: when it cannot be installed, or does not start
        """
        executable = self._executable or await asyncio.to_thread(self._installed)
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = probe.getsockname()[1]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "BIND_HOST": LOOPBACK,  # it would listen everywhere
            "GATEWAY_PORT": str(port),
        }
        self._process = await asyncio.create_subprocess_exec(
            str(executable),
            env=environment,
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
        )
        url = f"http://{LOOPBACK}:{port}"
        try:
            await self._answering(port)
            await asyncio.to_thread(self._create, url)
        except BaseException:
            await self.close()
            raise
        return url

    async def close(self) -> None:
        """Stop it; what was in the tables is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE)
                return

    async def _answering(self, port: int) -> None:
        until = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < until:
            if self._process is None or self._process.returncode is not None:
                raise OSError("ministack ended before it was ready")
            with suppress(OSError):
                _, writer = await asyncio.open_connection(LOOPBACK, port)
                writer.close()
                return
            await asyncio.sleep(PAUSE)
        raise OSError(f"ministack was not ready after {PATIENCE:.0f} s")

    def _create(self, url: str) -> None:
        client = boto3.client(
            "dynamodb",
            endpoint_url=url,
            region_name=self._region,
            aws_access_key_id=ANY_KEY,
            aws_secret_access_key=ANY_KEY,
            config=Config(retries={"mode": "standard", "total_max_attempts": 5}),
        )
        try:
            for table in self._tables:
                client.create_table(
                    TableName=table.name,
                    AttributeDefinitions=[
                        {"AttributeName": name, "AttributeType": kind} for name, kind in table.attributes
                    ],
                    KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in table.keys],
                    BillingMode="PAY_PER_REQUEST",
                )
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"a table cannot be made: {error}") from error
        finally:
            client.close()

    def _installed(self) -> Path:
        """Return the executable, installed if it is not there yet; one gateway at a time."""
        folder = self._cache / MINISTACK.replace("==", "-")
        executable = folder / "bin" / "ministack"
        self._cache.mkdir(parents=True, exist_ok=True)
        (self._cache / ".gitignore").write_text("*\n", "utf-8")
        with (self._cache / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # what was interrupted has no mark
            mark = folder / ".installed"
            if not mark.exists():
                self._log(f"installing {MINISTACK} into {self._cache} (once)")
                shutil.rmtree(folder, ignore_errors=True)
                _run([sys.executable, "-m", "venv", str(folder)])
                _run([str(folder / "bin" / "python"), "-m", "pip", "install", *PIP_OPTIONS, MINISTACK])
                mark.touch()
        return executable


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise OSError(f"cannot install {MINISTACK}: {lines[-1] if lines else 'it failed without a word'}")
