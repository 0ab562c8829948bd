"""End what functions leave behind, with their execution environments."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from streaming_api_tools.local.http.limits import Limits
from tests.local.conftest import Serve
from tests.local.gateway_process import gateway_process
from tests.local.serving import PATIENCE, Client, template
from tests.local.test_streaming import Connect

DAEMON = {"GET /x": {"handler": "robust.starts_a_daemon", "mode": "BUFFERED"}}
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes there are")


def runs(process: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def end_of(*processes: int) -> None:
    """Wait until processes have ended."""
    until = time.monotonic() + PATIENCE
    while left := [process for process in processes if runs(process)]:
        assert time.monotonic() < until, left
        time.sleep(0.02)


@LINUX
def test_daemon_of_a_function_that_exits_is_killed(tmp_path: Path) -> None:
    # both the function and the daemon could go on for longer than the client has patience
    routes = {"GET /x": {"handler": "robust.leaves_a_daemon", "function_timeout": 60}}
    with gateway_process(tmp_path, template(routes)) as gateway:
        with Client(gateway.url) as client:
            assert client.send("GET", "/prod/x").status == 502
        assert "Runtime exited with error: exit status 3" in gateway.stderr()
        end_of(*map(int, re.findall(r"daemon (\d+)", gateway.stderr())))
        assert gateway.interrupt() == 0
        assert "Traceback" not in gateway.stderr()


@LINUX
def test_daemon_is_killed_when_the_gateway_ends(serve: Serve, tmp_path: Path) -> None:
    with gateway_process(tmp_path, template(DAEMON)) as gateway:
        with Client(gateway.url) as client:
            processes = [int(text) for text in client.send("GET", "/prod/x").read().split()]
        assert len(processes) == 3
        assert all(map(runs, processes))
        assert gateway.interrupt() == 0
        end_of(*processes)


@LINUX
def test_execution_environment_idle_ends_with_its_daemons(serve: Serve, connect: Connect) -> None:
    serving = serve(DAEMON, limits=Limits(idle_environment_seconds=0.05))
    for _ in range(2):
        processes = [int(text) for text in connect(serving).send("GET", "/prod/x").read().split()]
        end_of(*processes)
    assert sum("INIT_START" in line for line in serving.log) == 2


def test_execution_environment_is_reused_until_idle_too_long(serve: Serve, connect: Connect) -> None:
    serving = serve(DAEMON)
    first = connect(serving).send("GET", "/prod/x").read().split()[0]
    serving.logged("REPORT RequestId")
    assert connect(serving).send("GET", "/prod/x").read().split()[0] == first
