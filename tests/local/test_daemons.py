"""Processes that functions leave behind."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from tests.local.gateway_process import gateway_process
from tests.local.serving import Client, template


def test_the_end_of_a_function_is_noticed_while_a_daemon_of_it_holds_its_output_open(tmp_path: Path) -> None:
    # both the function and the daemon could go on for longer than the client has patience
    routes = {"GET /x": {"handler": "robust.leaves_a_daemon", "function_timeout": 60}}
    with gateway_process(tmp_path, template(routes)) as gateway:
        try:
            with Client(gateway.url) as client:
                assert client.send("GET", "/prod/x").status == 502
            assert "Runtime exited with error: exit status 3" in gateway.stderr()
            assert gateway.interrupt() == 0
        finally:
            for daemon in re.findall(r"daemon (\d+)", gateway.stderr()):
                os.kill(int(daemon), signal.SIGKILL)
        assert "Traceback" not in gateway.stderr()
