"""Writers that are killed with SIGKILL at any moment: what is kept is a beginning, and its end an error."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
from lambda_streaming_store.follow import StreamLost
from lambda_streaming_store.rows import partition_key
from lambda_streaming_store.table import Table
from processes import stop

from tests.store.killed_writer import LENGTH
from tests.store.kills import FORMS, HANDLERS, rest_of, side_by_side
from tests.support.ministack import ROOT, Ministack

PATIENCE = 30
FOLDERS = (".", "lambda_src", "lambda_src/layer/python", "scripts")


class Client:
    """The first client of a stream, whose writer it can kill.

    :param port: of the writers
    :param form: of the stream
    :param seed: of the stream
    """

    def __init__(self, port: int, form: str, seed: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.sendall(json.dumps({"form": form, "seed": seed}).encode() + b"\n")
        self._file = self._socket.makefile("rb")
        self._process = int(self.next() or 0)
        self.stream_id = (self.next() or b"").decode()
        self.seen = b""
        self.ended = False

    def next(self) -> bytes | None:
        """Return what comes next; None where the writer is gone."""
        head = self._file.read(LENGTH)
        size = int.from_bytes(head, "big")
        data = self._file.read(size) if len(head) == LENGTH else b""
        return data if len(head) == LENGTH and len(data) == size else None

    def read(self, chunks: int) -> None:
        """Read so many chunks, or what there is until the end."""
        while chunks and not self.ended and (chunk := self.next()) is not None:
            self.seen, self.ended, chunks = self.seen + chunk, not chunk, chunks - 1

    def kill(self) -> None:
        """Kill the writer, and read what was on its way."""
        if not self.ended:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(self._process, signal.SIGKILL)
            self.read(-1)
        self._file.close()
        self._socket.close()


@pytest.fixture(scope="module", name="port")
def _port(table_name: str, ministack: Ministack) -> Iterator[int]:
    environment = {
        **os.environ,
        **ministack.environment,
        "STREAM_STORE_TABLE": table_name,
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in FOLDERS),
    }
    command = [sys.executable, "-m", "tests.store.killed_writer"]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        yield int(process.stdout.readline())
        stop(process)


@pytest.mark.parametrize("form", FORMS)
def test_stream_of_a_writer_that_was_killed_is_a_beginning_that_ends_in_an_error(
    patient_table: Table, port: int, form: str
) -> None:
    ends: Counter[str] = Counter()

    def kill(number: int) -> None:
        told = f"killed {form} {number}"
        rng, seed = random.Random(told), f"{form}{number}"
        client = Client(port, form, seed)
        client.read(rng.randrange(1, HANDLERS.PIECES + 2))
        time.sleep(rng.random() * 0.03)
        client.kill()
        partition = partition_key("", client.stream_id)
        rest, error = rest_of(patient_table, partition, 0)
        ends[type(error).__name__] += 1
        # delivered first: nobody reads what the first client cannot have
        assert client.seen.startswith(rest), told
        # whoever has more than was kept gets an error, and never a second half that does not fit
        more, error = rest_of(patient_table, partition, len(client.seen))
        assert more == b"", told
        assert error is not None or rest == client.seen, told
        whole = error is None  # its last row was written, and perhaps the client not told any more
        if form != "events":  # whose ids a store adds
            event = {"queryStringParameters": {"seed": seed}, "requestContext": {}}
            expected: bytes = getattr(HANDLERS, form)(event, None).body
            assert (expected == client.seen) if whole else expected.startswith(client.seen), told

    side_by_side(kill)
    assert ends[StreamLost.__name__] > 0, ends
