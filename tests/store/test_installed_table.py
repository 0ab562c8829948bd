"""The DynamoDB of the local gateway: installed when it is first needed, and on loopback alone."""

from __future__ import annotations

import asyncio
import os
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from streaming_api_tools.local.application import Table
from streaming_api_tools.local.services.dynamodb import MINISTACK, DynamoDB
from tests.support.ministack import EXECUTABLE, KEYS, REGION

NAME, VERSION = MINISTACK.split("==")
DIST_INFO = f"{NAME}-{VERSION}.dist-info"
TABLE = Table("streams", (("pk", "S"), ("sk", "S")), (("pk", "HASH"), ("sk", "RANGE")))


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip see nothing but a folder, which is empty."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return wheels


def publish(wheels: Path) -> None:
    """Put a wheel into a folder, whose command is the ministack of this checkout."""
    command = zipfile.ZipInfo(f"{NAME}-{VERSION}.data/scripts/{NAME}")
    command.external_attr = 0o100755 << 16
    with zipfile.ZipFile(wheels / f"{NAME}-{VERSION}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(command, f'#!/bin/sh\nexec "{EXECUTABLE}" "$@"\n')
        about = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n"
        wheel.writestr(f"{DIST_INFO}/METADATA", about)
        wheel.writestr(f"{DIST_INFO}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{DIST_INFO}/RECORD", "")


def listens_at(port: int) -> set[str]:
    """Return the addresses at which a port of this machine is listened on, in hexadecimal."""
    rows = [
        line.split()
        for kind in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{kind}").read_text("ascii").splitlines()[1:]
    ]
    return {row[1].partition(":")[0] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}


async def begin(cache: Path, log: list[str]) -> tuple[list[str], set[str]]:
    """Serve a table; return the tables, and where it listens."""
    dynamodb = DynamoDB([TABLE], REGION, cache, log.append)
    url = await dynamodb.start()
    try:
        keys = {"aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "test"}
        client = boto3.client("dynamodb", endpoint_url=url, region_name=REGION, **keys)
        tables: list[str] = client.list_tables()["TableNames"]
        client.close()
        return tables, listens_at(urlsplit(url).port or 0)
    finally:
        await dynamodb.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net")
def test_local_table_is_installed_once_and_listens_on_loopback_alone(tmp_path: Path, wheels: Path) -> None:
    publish(wheels)
    log: list[str] = []
    cache = tmp_path / "cache"
    assert asyncio.run(begin(cache, log)) == (["streams"], {"0100007F"})
    assert log == [f"installing {MINISTACK} into {cache} (once)"]
    assert (cache / ".gitignore").read_text("utf-8") == "*\n"
    # what was interrupted is made again, and what is there is not
    (cache / MINISTACK.replace("==", "-") / ".installed").unlink()
    assert asyncio.run(begin(cache, log))[0] == ["streams"]
    assert asyncio.run(begin(cache, log))[0] == ["streams"]
    assert len(log) == 2


def test_local_table_that_cannot_be_installed_says_so_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=f"^cannot install {MINISTACK}: .*No matching distribution"):
        asyncio.run(begin(tmp_path / "cache", []))
