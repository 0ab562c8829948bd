"""The two apps in Python: with the constructs of this project, and with those of aws-cdk-lib alone."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .install import ROOT

PLAIN, OURS = "plain", "ours"
APPS = {PLAIN: "aws-cdk-lib alone, Python", OURS: "cdk_streaming_api"}
ROUTES = (1, 10, 50, 150)
#: what is a text, and differs without a difference in the work: of errors, of the log, of the range of an ARN
_TEXTS = {"ResponseTemplates", "Format", "SourceArn", "Description", "PolicyName", "Name"}


class DifferentResources(Exception):
    """The apps do not define the same resources, so that their times say nothing."""


@dataclass(frozen=True)
class Run:
    """One run of an app.

    :param cpu: of Python and Node together, in seconds
    """

    seconds: float
    cpu: float


def run(app: str, routes: int, out: Path, node: Path) -> Run:
    """Run an app."""
    before, start = _cpu(), time.perf_counter()
    _python(f"bench.synth.apps.{app}", routes=routes, out=out, node=node)
    return Run(time.perf_counter() - start, _cpu() - before)


def round_trips(app: str, routes: int, out: Path, node: Path) -> int:
    """Run an app and return how many messages Python and Node exchanged."""
    printed = _python("bench.synth.apps.count", app, routes=routes, out=out, node=node)
    asked: dict[str, int] = json.loads(printed)
    return sum(asked.values())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _python(*module: str, routes: int, out: Path, node: Path) -> str:
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    environment = {
        **os.environ,
        "JSII_NODE": str(node),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(out),
        "ROUTES": str(routes),
    }
    # as installed: compiling this project's sources anew would add a tenth of a second to each run
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(module)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def check_same(one: Path, other: Path) -> int:
    """Return the number of resources.

    :raises DifferentResources: unless both templates have the same resources, but for their ids and texts
    """
    ours, theirs = resources(one), resources(other)
    if ours != theirs:
        raise DifferentResources(
            f"the apps differ in their resources: {list((ours - theirs).elements())} "
            f"in place of {list((theirs - ours).elements())}"
        )
    return sum(ours.values())


def resources(out: Path) -> Counter[str]:
    """Return the resources of a template, in which the type of a resource stands for each of its ids."""
    (template,) = out.glob("*.template.json")
    found = json.loads(template.read_text("utf-8"))["Resources"]
    types = {logical_id: f"<{each['Type']}>" for logical_id, each in found.items()}
    return Counter(
        json.dumps(_alike(each, types), sort_keys=True)
        for each in found.values()
        if each["Type"] != "AWS::CDK::Metadata"
    )


def _alike(value: object, types: dict[str, str]) -> object:
    if isinstance(value, dict):
        # an empty mapping is none, and what depends on what follows from the resources
        return {
            name: _alike(each, types)
            for name, each in value.items()
            if name not in _TEXTS | {"DependsOn", "Metadata"} and each != {}
        }
    if isinstance(value, list):
        return sorted((_alike(each, types) for each in value), key=json.dumps)
    return types.get(value, value) if isinstance(value, str) else value
