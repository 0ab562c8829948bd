"""What one function takes: to start, for its first invocation, and for warm ones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from .install import Installed
from .runtime_api import Arrivals, RuntimeApi
from .subjects import Subject
from .web_adapter import WebAdapter

COLD_STARTS = 5
FIRST_TOKENS = 10
FEW = 3
EVENTS = 150
WARM_INVOCATIONS = 2
#: What the model says: when it was asked, and when it said so.
_SAID = re.compile(rb'"text": ?"(\d+)/(\d+)"')


@dataclass(frozen=True)
class Sample:
    """What a function took in one round; what it does not do is None.

    :param cold_start: milliseconds from the start of the process to its first ``GET /next``; the least of
        :data:`COLD_STARTS`, because a disturbance only ever adds
    :param cold_cpu: milliseconds of CPU time until then, the least as well: other load on the machine adds
        little to it
    :param cold_first_token: milliseconds from there to the first event of the first invocation, without the
        model's own time
    :param first_token: the same in a warm invocation: milliseconds from the invocation on
    :param event_p50: microseconds from an event's leaving the model to its being in the Runtime API
    :param cpu: milliseconds of CPU time for :data:`EVENTS` events
    :param memory: largest resident set in MB
    """

    cold_start: float
    cold_cpu: float
    cold_first_token: float | None
    first_token: float | None
    event_p50: float | None
    event_p99: float | None
    cpu: float | None
    memory: float


def measure(subject: Subject, environment: Mapping[str, str]) -> Sample:
    """Start a function a few times, and use it once."""
    starts = [_cold(subject, environment) for _ in range(COLD_STARTS)]
    cold_start, cold_cpu = min(start for start, _, _ in starts), min(cpu for _, cpu, _ in starts)
    with started(subject, environment) as (api, pid, _):
        api.invoke(_event(FEW))
        if not subject.streams:
            return Sample(cold_start, cold_cpu, None, None, None, None, None, _memory(pid))
        first_tokens = [_warm(api, FEW)[0] for _ in range(FIRST_TOKENS)]
        before = cpu_time(pid)
        events = [delay for _ in range(WARM_INVOCATIONS) for delay in _warm(api, EVENTS)[1]]
        return Sample(
            cold_start,
            cold_cpu,
            min(first_token for _, _, first_token in starts),
            median(first_tokens),
            median(events),
            quantiles(events, n=100)[98],
            (cpu_time(pid) - before) / 1e6 / WARM_INVOCATIONS,
            _memory(pid),
        )


def warm_up(subject: Subject, environment: Mapping[str, str]) -> None:
    """Start a function once, so that the file system has all of it in its cache."""
    _cold(subject, environment)


def _cold(subject: Subject, environment: Mapping[str, str]) -> tuple[float, float, float]:
    """Return the milliseconds to the first invocation, of CPU time until then, and to its first event."""
    with started(subject, environment) as (api, pid, cold_start):
        cpu = cpu_time(pid) / 1e6
        if not subject.streams:
            return cold_start, cpu, cold_start
        return cold_start, cpu, cold_start + _first_token(*api.invoke(_event(FEW)), FEW)


def _warm(api: RuntimeApi | WebAdapter, count: int) -> tuple[float, list[float]]:
    """Return the milliseconds to the first event of an invocation, and the microseconds of each event."""
    if isinstance(api, RuntimeApi):
        api.wait_for_next()
    invoked, arrivals = api.invoke(_event(count))
    delays = [(at - left) / 1e3 for at, _, left in _said(arrivals, count)]
    return _first_token(invoked, arrivals, count), delays


@contextmanager
def started(
    subject: Subject, environment: Mapping[str, str]
) -> Iterator[tuple[RuntimeApi | WebAdapter, int, float]]:
    """Give a function that asks for an invocation: what invokes it, its process, its cold start."""
    with ExitStack() as life:
        api = WebAdapter() if subject.web else life.enter_context(RuntimeApi())
        command = [part.format(port=api.port) for part in subject.command]
        env = {
            **environment,
            **subject.environment,
            "LAMBDA_TASK_ROOT": str(subject.folder),
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.port}",
        }
        began = time.monotonic_ns()
        process = life.enter_context(_process(command, subject.folder, env))
        yield api, process.pid, (api.wait_for_next() - began) / 1e6


@contextmanager
def bedrock(installed: Installed) -> Iterator[str]:
    """Run the model; give its URL."""
    script = Path(__file__).with_name("bedrock.mjs")
    command = [str(installed.node), str(script), str(installed.key), str(installed.certificate)]
    with _process(command, script.parent, {}, stdout=subprocess.PIPE) as process:
        assert process.stdout
        yield f"https://127.0.0.1:{int(process.stdout.readline())}"


@contextmanager
def _process(
    command: list[str], folder: Path, env: Mapping[str, str], stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=folder, env=dict(env), stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _event(events: int) -> dict[str, str]:
    return {"httpMethod": "POST", "path": "/chat", "body": json.dumps({"prompt": str(events)})}


def _said(arrivals: Arrivals, events: int) -> list[tuple[int, int, int]]:
    """Return for each event when it came, when the model was asked, and when the event left it."""
    found, rest = [], b""
    for at, data in arrivals:
        rest += data
        end = 0
        for said in _SAID.finditer(rest):
            found.append((at, int(said[1]), int(said[2])))
            end = said.end()
        rest = rest[end:]
    if len(found) != events:
        raise RuntimeError(f"{len(found)} of {events} events came; what came last: {rest[-500:]!r}")
    return found


def _first_token(invoked: int, arrivals: Arrivals, events: int) -> float:
    at, asked, left = _said(arrivals, events)[0]
    return (at - invoked - (left - asked)) / 1e6


def cpu_time(pid: int) -> int:
    """Return the CPU time of a process with all its threads, also those that have ended, in nanoseconds."""
    # clock_getcpuclockid(3), which Python does not have: the kernel's MAKE_PROCESS_CPUCLOCK
    return time.clock_gettime_ns((~pid << 3) | 2)


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


def environment(installed: Installed, bedrock_url: str) -> dict[str, str]:
    """Return what Lambda has in the environment of a function, and where the model is."""
    return {
        "PATH": os.environ["PATH"],
        # Node ends where the machine does not know its user, as in a container that was given a number
        "HOME": "/home/sbx_user1051",
        "LANG": "en_US.UTF-8",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
        "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock_url,
        "AWS_CA_BUNDLE": str(installed.ca_bundle),
        "BEDROCK_MODEL_ID": "us.amazon.nova-2-lite-v1:0",
    }
