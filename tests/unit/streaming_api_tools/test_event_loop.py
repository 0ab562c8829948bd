"""Ctrl-C, at any moment of a command's event loop, is KeyboardInterrupt and nothing else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from streaming_api_tools import event_loop

INTERRUPTED = """
import asyncio, signal
from streaming_api_tools import event_loop

async def step():
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(0)

async def work():
    {body}

try:
    event_loop.run(work())
except KeyboardInterrupt:
    print("interrupted")
"""
BODIES = {
    "in another task": "asyncio.ensure_future(step()); await asyncio.sleep(60)",
    "in the task itself": "await step(); await asyncio.sleep(60)",
    "in a callback": (
        "asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT); await asyncio.sleep(60)"
    ),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_event_loop_that_is_interrupted_says_nothing(body: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED.format(body=body)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")


def test_event_loop_result_and_failure_are_those_of_the_coroutine() -> None:
    async def answer() -> int:
        return 7

    async def fail() -> None:
        raise asyncio.CancelledError

    assert event_loop.run(answer()) == 7
    with pytest.raises(asyncio.CancelledError):
        event_loop.run(fail())


def test_event_loop_runs_in_a_thread() -> None:
    async def answer() -> None:
        answered.append(True)

    answered: list[bool] = []
    thread = threading.Thread(target=lambda: event_loop.run(answer()))
    thread.start()
    thread.join(60)
    assert answered == [True]
