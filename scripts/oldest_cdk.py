"""Synthesize with the oldest aws-cdk-lib that pyproject.toml allows, in an environment of its own.

``make oldest-cdk`` runs it, and CI in a job of its own, because it installs another CDK. The example app must
synthesize, and the rules must refuse what does not stream: before 2.262.0 the CDK takes the plugin but does
not show it the templates. ``--lib VERSION`` tries another version, which is how the oldest one was found.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from distributions import build
from node import node_binary

ROOT = Path(__file__).resolve().parent.parent

#: An override after which API Gateway refuses the deployment, so the synth has to.
REFUSED = """
from aws_cdk import App, Stack, Validations
from cdk_streaming_api import BedrockModel, StreamingApi, StreamingRules
app = App()
Validations.of(app).add_plugins(StreamingRules())
stream = StreamingApi(Stack(app, "S"), "Api", model=BedrockModel("amazon.nova-lite-v1:0")).add_stream("chat")
stream.method.node.default_child.add_property_override("Integration.TimeoutInMillis", 960000)
app.synth()
"""

#: The parts of functions and authorizers are made from what the CDK's own constructs make.
PARTS = """
from aws_cdk import App, Stack
from cdk_streaming_api import ApiKeyAuthorizer, BedrockModel, StreamingApi
app = App()
stack = Stack(app, "S")
keys = ApiKeyAuthorizer(stack, "Keys")
StreamingApi(stack, "Api", model=BedrockModel("amazon.nova-lite-v1:0"), authorizer=keys).add_stream("chat")
resources = app.synth().get_stack_by_name("S").template["Resources"]
of = lambda kind: {name: it["Properties"] for name, it in resources.items() if it["Type"] == "AWS::" + kind}
assert not any("ManagedPolicyArns" in it for it in of("IAM::Role").values())
groups = [it["LoggingConfig"]["LogGroup"]["Ref"] for it in of("Lambda::Function").values()]
assert len(groups) == len(set(groups)) == 2 and set(groups) < set(of("Logs::LogGroup"))
assert list(of("SecretsManager::Secret")) == ["KeysSecretFD43C82C"]
assert "KeysFunctionEF461A2A" in of("Lambda::Function")
"""

#: A rollout of a function with SnapStart has no warning: its alias is a published version.
SNAP_START = """
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match
from cdk_streaming_api import BedrockFunction, BedrockModel, GradualRollout
stack = Stack(App(), "S")
model = BedrockModel("amazon.nova-lite-v1:0")
chat = BedrockFunction(stack, "Chat", model=model, snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS)
GradualRollout(stack, "Rollout", function=chat)
found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
assert found == [], [each.entry.data for each in found]
"""


def oldest() -> str:
    """Return the version that pyproject.toml asks for at least."""
    found = re.search(r'"aws-cdk-lib>=([0-9.]+),<3"', (ROOT / "pyproject.toml").read_text("utf-8"))
    if not found:
        sys.exit("oldest_cdk.py: pyproject.toml does not say aws-cdk-lib>=VERSION,<3")
    return found[1]


def environment(lib: str, scratch: Path) -> Path:
    """Return the Python of an environment with that version and this package as it is built."""
    folder = ROOT / ".cache" / "oldest-cdk" / lib
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not (folder / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        # another version is one that somebody asked for by hand: there are no hashes of it
        locked = ["--require-hashes", "-r", str(ROOT / "requirements-oldest-cdk.txt")]
        subprocess.run([*pip, *(locked if lib == oldest() else [f"aws-cdk-lib=={lib}"])], check=True)
        (folder / ".installed").touch()
    build(ROOT, scratch, 0x5F5E1000)
    (wheel,) = scratch.glob("*.whl")
    # not its dependencies: the version that is tried may be one that it does not allow
    subprocess.run([*pip, "--no-deps", "--force-reinstall", str(wheel)], check=True)
    return python


def synthesizes(python: Path, *script: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run an app without the CDK's own validation, which is not what is tried."""
    env = {**os.environ, "CDK_VALIDATION": "false", "CDK_OUTDIR": str(cwd / "cdk.out")}
    if node := node_binary():
        env.setdefault("JSII_NODE", str(node))
    command = [str(python), "-s", *map(str, script)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)


def main() -> None:
    """End with exit code 1 when that version is too old."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lib", default=oldest(), help="version of aws-cdk-lib")
    lib = parser.parse_args().lib
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        python = environment(lib, scratch / "dist")
        example = scratch / "consumer"
        shutil.copytree(ROOT / "examples" / "consumer", example, ignore=shutil.ignore_patterns("build"))
        # what is in the function does not matter here
        (example / "catalogue" / "requirements.txt").unlink()
        made = synthesizes(python, "-m", "cdk_streaming_api.bundle", "catalogue", cwd=example)
        if made.returncode:
            sys.exit(f"{made.stderr}\naws-cdk-lib {lib}: the example is not bundled")
        done = synthesizes(python, "app.py", cwd=example)
        if done.returncode:
            sys.exit(f"{done.stderr}\naws-cdk-lib {lib}: the example does not synthesize")
        done = synthesizes(python, "-c", PARTS, cwd=scratch)
        if done.returncode:
            sys.exit(f"{done.stderr}\naws-cdk-lib {lib}: the parts of functions are not as with the newest")
        done = synthesizes(python, "-c", SNAP_START, cwd=scratch)
        if done.returncode:
            sys.exit(f"{done.stderr}\naws-cdk-lib {lib}: a rollout with SnapStart has a warning")
        done = synthesizes(python, "-c", REFUSED, cwd=scratch)
        report = scratch / "cdk.out" / "validation-report.json"
        if not done.returncode or not report.exists() or "STREAM0" not in report.read_text("utf-8"):
            sys.exit(f"{done.stderr}\naws-cdk-lib {lib}: the rules are not asked")
    print(f"aws-cdk-lib {lib}: the example synthesizes, and the rules refuse what does not stream")


if __name__ == "__main__":
    main()
