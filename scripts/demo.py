"""Deploy the reference stack to a local stand-in for AWS, talk to it, and prove that it streams.

``make demo`` runs it. The AWS CDK command line is the genuine one, ministack is the control plane, and the
local gateway serves what was deployed: template and code are read back through the AWS APIs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from processes import INTERRUPTS, StepFailed, free_port, run, run_quietly, service, wait_until
from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv" / "bin"
MINISTACK = ROOT / ".ministack" / "bin" / "ministack"
CDK = TOOLS / "cdk"
STACK = "StreamingChat"
ACCOUNT, REGION = "000000000000", "us-east-1"
PROMPT = "Why do people like to read an answer while it is still being written?"

#: What would lead a command to a real account, or past loopback.
OF_THE_USER = ("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def demo_environment(environ: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """Return ``environ`` with the user's AWS settings replaced, so that nothing can reach a real account."""
    kept = {name: value for name, value in environ.items() if not name.startswith(OF_THE_USER)}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "PATH": f"{TOOLS}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def at_most_every(seconds: float, show: Callable[[str], None]) -> Callable[[str], None]:
    """Return ``show`` for a log file: what would be a moving line on a terminal, only now and then."""
    last = -seconds

    def throttled(line: str) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= seconds:
            last = now
            show(line)

    return throttled


@contextmanager
def step(console: Console, title: str) -> Iterator[Callable[[str], None]]:
    """Show a long step: a spinner with the newest line on a terminal, plain lines elsewhere."""
    console.print(f"[bold]{title}[/bold]")
    if not console.is_terminal:
        yield at_most_every(1.0, lambda line: console.print(f"  {line}", markup=False, highlight=False))
        return
    with console.status("") as status:
        yield lambda line: status.update(line[: console.width - 4].replace("[", r"\["))


def ministack_environment(environ: Mapping[str, str], port: int) -> dict[str, str]:
    """Return the environment of a ministack that listens on loopback only."""
    return {**environ, "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1"}


def is_healthy(endpoint: str) -> bool:
    """Tell whether ministack answers."""
    # loopback is asked directly, whatever HTTP_PROXY says
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{endpoint}/_ministack/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def deploy(console: Console, env: Mapping[str, str], folder: Path) -> None:
    """Bootstrap the stand-in account and deploy the reference stack with the genuine CDK command line."""
    # the command goes through a shell, and a path may have a space in it; PATH begins with the environment
    app = ["--app", "python app.py"]
    common: list[str | Path] = [*app, "--output", folder / "cdk.out", "--ci", "--no-color"]
    with step(console, f"cdk bootstrap aws://{ACCOUNT}/{REGION}") as progress:
        run_quietly([CDK, "bootstrap", f"aws://{ACCOUNT}/{REGION}", *common], env, progress)
    with step(console, f"cdk deploy {STACK}") as progress:
        flags = ["--require-approval", "never", "--progress", "events"]
        run_quietly([CDK, "deploy", STACK, *flags, *common], env, progress)


def listening(gateway: subprocess.Popen[str], log: Path) -> str:
    """Return the URL that the gateway prints once it accepts connections."""
    assert gateway.stdout is not None
    line = gateway.stdout.readline()
    if not line:
        gateway.wait()
        raise StepFailed(f"the gateway did not start:\n{log.read_text('utf-8')}")
    return str(json.loads(line)["url"])


def demonstrate(console: Console, folder: Path, prompt: str, running: ExitStack) -> None:
    """Deploy, chat, prove; whatever was started is stopped by ``running``."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    env = demo_environment(os.environ, endpoint)
    with step(console, f"starting ministack, the stand-in for AWS, on {endpoint}"):
        with INTERRUPTS.hold():
            ministack = running.enter_context(
                service([MINISTACK], ministack_environment(env, port), folder / "ministack.log")
            )
        wait_until(lambda: is_healthy(endpoint), ministack, "ministack")
    deploy(console, env, folder)
    with step(console, f"starting the local gateway for the stack {STACK} as deployed"):
        log = folder / "gateway.log"
        options = ["--deployed", STACK, "--endpoint-url", endpoint, "--port", "0", "--json"]
        with INTERRUPTS.hold():
            gateway = running.enter_context(
                service([TOOLS / "streaming-api", "local", *options], env, log, read_output=True)
            )
        url = listening(gateway, log)
    console.print(f"  {url} (process {gateway.pid})\n", highlight=False)
    console.print(f"[bold]POST /chat[/bold] {prompt}", highlight=False)
    run([TOOLS / "streaming-api", "chat", f"{url}/prod/chat", prompt, "--stats"], env, "the chat")
    console.print("\n[bold]POST /probe[/bold] the random-gap challenge", highlight=False)
    run([TOOLS / "streaming-api", "smoke", f"{url}/prod/probe"], env, "the proof of streaming")
    if gateway.poll() is not None:
        raise StepFailed(f"the gateway ended with exit code {gateway.returncode}")


def main() -> int:
    """Return 0 only if the deploy, the chat and the proof all succeeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prompt", nargs="?", default=PROMPT, help="what to ask the model stand-in")
    arguments = parser.parse_args()
    console = Console(soft_wrap=True)
    os.chdir(ROOT)
    INTERRUPTS.install()
    try:
        with tempfile.TemporaryDirectory(prefix="streaming-demo-") as folder, ExitStack() as running:
            demonstrate(console, Path(folder), arguments.prompt, running)
    except StepFailed as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; everything it started was stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
