"""Run ministack for its DynamoDB, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.table import Table
from processes import free_port, stop, wait_until

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = ROOT / ".ministack" / "bin" / "ministack"
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
#: As the construct defines it.
DEFINITION = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


class Ministack:
    """DynamoDB on loopback, for ``with``.

    :param enforces_iam: whether it checks signatures, and the policies of who signs
    """

    def __init__(self, *, enforces_iam: bool = False) -> None:
        self._auth = str(enforces_iam).lower()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._log = tempfile.TemporaryFile("w")  # noqa: SIM115
        self._process: subprocess.Popen[str] | None = None
        self._tables = 0

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a client to it."""
        return {"AWS_REGION": REGION, "AWS_ENDPOINT_URL_DYNAMODB": self.url, **KEYS}

    def table(self) -> str:
        """Define an empty table and return its name."""
        self._tables += 1
        name = f"streams-{self._tables}"
        table = Table(self.environment, name, timeout=60)
        table.call("CreateTable", DEFINITION)
        table.close()
        return name

    def __enter__(self) -> Ministack:
        environment = {"PATH": os.environ["PATH"], "GATEWAY_PORT": str(self._port), "BIND_HOST": "127.0.0.1"}
        environment["AUTH"] = self._auth
        self._process = subprocess.Popen(
            [EXECUTABLE],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            text=True,
        )
        wait_until(self._answers, self._process, "ministack")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._process
        stop(self._process)
        self._log.close()

    def _answers(self) -> bool:
        table = Table(self.environment, "none")
        try:
            table.call("ListTables", {})
        except StoreError:
            return False
        finally:
            table.close()
        return True
