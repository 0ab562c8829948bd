"""Runs the benchmark, prints its table and writes it to ``bench/out/synth.json``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

from bench.machine import Machine
from bench.results import ROOT, Row, save, target, target_lines

from .install import Project, node, projects
from .python_apps import APPS, OURS, PLAIN, ROUTES, DifferentResources, Run, check_same, round_trips, run

#: Of the same resources in the project that `cdk init` generates, and in Python without this project.
OF_TYPESCRIPT, OF_PLAIN = 0.62, 1.05


def main() -> int:
    """Return 0 when all were measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="bench.synth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often (default: 3)")
    rounds = parser.parse_args().rounds
    os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(ROOT / ".cache" / "jsii"))
    both = projects()
    machine = Machine.look()
    with tempfile.TemporaryDirectory() as folder:
        try:
            rows, targets = of_python(rounds, Path(folder) / "python")
            of_typescript(both, rounds, Path(folder), rows, targets)
        except DifferentResources as failure:
            print(f"bench-synth: {failure}", file=sys.stderr)
            return 1
    print(table(rows))
    print("\n".join(["", *target_lines(targets)]))
    save("synth", machine, rows, targets)
    return 0


def of_python(rounds: int, folder: Path) -> tuple[list[Row], list[Row]]:
    """Run the apps in Python at each number of routes, and return their rows and ratios."""
    rows: list[Row] = []
    targets: list[Row] = []
    trips: dict[tuple[str, int], int] = {}
    for routes in ROUTES:
        out = {app: folder / f"{app}-{routes}" for app in APPS}
        for app in APPS:  # what can be cached is cached from here on
            trips[app, routes] = round_trips(app, routes, out[app], node())
        count = check_same(out[OURS], out[PLAIN])
        runs: dict[str, list[Run]] = {app: [] for app in APPS}
        for number in range(rounds):
            print(f"{routes} routes, round {number + 1} of {rounds}", file=sys.stderr)
            for app in APPS if number % 2 else reversed(APPS):
                runs[app].append(run(app, routes, out[app], node()))
        rows += [_row(app, routes, count, runs[app], trips[app, routes]) for app in APPS]
        pairs = list(zip(runs[OURS], runs[PLAIN], strict=True))
        ratio = median(ours.seconds / plain.seconds for ours, plain in pairs)
        name = f"synth at {routes} routes, seconds: {APPS[OURS]} / {APPS[PLAIN]}"
        targets.append(target(name, ratio, OF_PLAIN))
    few, many = ROUTES[-2:]
    for app in APPS:
        each = (trips[app, many] - trips[app, few]) / (many - few)
        targets.append(target(f"round trips to Node for each route: {APPS[app]}", each, None, 1))
    return rows, targets


def _row(app: str, routes: int, count: int, runs: list[Run], trips: int) -> Row:
    return {
        "name": f"{APPS[app]}, routes: {routes}",
        "seconds": round(median(each.seconds for each in runs), 2),
        "CPU s": round(median(each.cpu for each in runs), 2),
        "resources": count,
        "round trips to Node": trips,
    }


def of_typescript(both: list[Project], rounds: int, out: Path, rows: list[Row], targets: list[Row]) -> None:
    """Run ``cdk synth`` of the reference deployment and of the generated project; add rows and the ratio."""
    for project in both:
        project.synth(out / project.name)  # what can be cached is cached from here on
    counts = {project.name: resources(out / project.name) for project in both}
    if len({tuple(sorted(count.items())) for count in counts.values()}) > 1:
        raise DifferentResources(f"the stacks differ in their resources: {counts}")
    seconds: dict[str, list[float]] = {project.name: [] for project in both}
    for number in range(rounds):
        print(f"cdk synth, round {number + 1} of {rounds}", file=sys.stderr)
        for project in both if number % 2 else both[::-1]:
            seconds[project.name].append(timed(project, out / project.name))
    rows += [
        {
            "name": f"cdk synth: {project.name}",
            "seconds": round(median(seconds[project.name]), 2),
            "resources": sum(counts[project.name].values()),
        }
        for project in both
    ]
    ours, theirs = (seconds[project.name] for project in both)
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    name = f"cdk synth with validation, seconds: {both[0].name} / {both[1].name}"
    targets.append(target(name, ratio, OF_TYPESCRIPT))


def resources(out: Path) -> Counter[str]:
    """Return how many resources of each type a synthesized app has, without the CDK's note about itself."""
    (template,) = out.glob("*.template.json")
    found = Counter(it["Type"] for it in json.loads(template.read_text("utf-8"))["Resources"].values())
    del found["AWS::CDK::Metadata"]
    return found


def timed(project: Project, out: Path) -> float:
    """Return how long one synthesis took, in seconds."""
    start = time.perf_counter()
    project.synth(out)
    return time.perf_counter() - start


def table(rows: list[Row]) -> str:
    """Return the rows as text."""
    width = max(len(str(row["name"])) for row in rows)
    heads = ("seconds", "CPU s", "resources", "round trips to Node")
    lines = ["  ".join([" " * width, *heads])]
    for row in rows:
        cells = [f"{row.get(head, '-'):>{len(head)}}" for head in heads]
        lines.append("  ".join([f"{row['name']:<{width}}", *cells]))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
