"""`make demo` end to end: the genuine CDK command line, ministack, the local gateway, real sockets."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.checkout import odd_checkout
from tests.support.stretched import STRETCHED, until_proved

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
#: What was read, with the time of each.
Reads = list[tuple[float, bytes]]

pytestmark = [pytest.mark.usefixtures("no_orphans"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return odd_checkout(tmp_path_factory.mktemp("checkout"))


@contextmanager
def demonstrating(checkout: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start the demonstration."""
    process = subprocess.Popen(
        [checkout / ".venv" / "bin" / "python", checkout / "scripts" / "demo.py", "Say it slowly."],
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(30)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def demo(checkout: Path) -> Iterator[subprocess.Popen[bytes]]:
    with demonstrating(checkout) as process:
        yield process


def read(process: subprocess.Popen[bytes], until: bytes = b"\0 never") -> Reads:
    """Return what a process prints, read by read with the time of each, up to ``until`` or its end."""
    assert process.stdout is not None
    reads: Reads = []
    while part := os.read(process.stdout.fileno(), 65536):
        reads.append((time.monotonic(), part))
        if until in b"".join(text for _, text in reads):
            break
    return reads


def text_of(reads: Reads) -> str:
    return b"".join(part for _, part in reads).decode()


def proof_in(text: str) -> list[str]:
    """Return what a text has of the proof, up to its verdict, whatever the figures.

    On a busy machine an attempt may tell nothing, which it says, and is repeated.
    """
    proof = re.sub(
        r"attempt \d+ of this run told nothing: .*\n(  .*\n)*", "", text[text.index("POST /probe the") :]
    )
    lines = re.sub(r"\s*\d[\d.]*(/\d+)?", " N", proof).split("\n")
    return lines[: lines.index("STREAMING") + 1]


def test_make_demo_deploys_streams_and_proves_as_in_the_readme(checkout: Path) -> None:
    def demonstrated(_: int) -> tuple[int, Reads, Reads, Reads]:
        with demonstrating(checkout) as demo:
            deployed = read(demo, until=b"POST /chat")
            answered = read(demo, until=b"POST /probe")
            proved = read(demo)
            return demo.wait(), deployed, answered, proved

    code, deployed, answered, proved = until_proved(demonstrated, lambda done: done[0] == 0, STRETCHED[:3])
    assert code == 0, text_of(deployed + answered + proved)
    assert len({round(moment, 2) for moment, _ in answered}) >= 5, answered
    assert text_of(proved).strip().splitlines()[-1].split()[-1] == "STREAMING"
    assert proof_in(text_of(deployed + answered + proved)) == proof_in(README.read_text("utf-8"))


def test_make_demo_killed_gateway_fails_it(demo: subprocess.Popen[bytes]) -> None:
    told = text_of(read(demo, until=b"POST /chat"))
    gateway = re.search(r"\(process (\d+)\)", told)
    assert gateway, told
    os.kill(int(gateway.group(1)), signal.SIGKILL)
    rest = text_of(read(demo))
    assert demo.wait() == 1, rest
    assert rest.strip().splitlines()[-1].startswith("demo: ")


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (b"cdk bootstrap", signal.SIGINT),
        pytest.param(b"POST /chat", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(b"cdk bootstrap", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(b"POST /chat", signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_make_demo_interrupted_stops_what_it_started(
    demo: subprocess.Popen[bytes], number: signal.Signals, moment: bytes
) -> None:
    read(demo, until=moment)
    demo.send_signal(number)
    rest = text_of(read(demo))
    assert demo.wait() == 130, rest
    assert "Traceback" not in rest
