"""Runs the benchmark, prints its table and writes it to ``bench/out/synth.json``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

from .install import ROOT, Project, projects

OUT = ROOT / "bench" / "out" / "synth.json"
AT_MOST = 0.6


def main() -> int:
    """Return 0 when both were measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="bench.synth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often (default: 7)")
    rounds = parser.parse_args().rounds
    load = os.getloadavg()[0]
    both = projects()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        for project in both:
            project.synth(out / project.name)  # what can be cached is cached from here on
        counts = {project.name: resources(out / project.name) for project in both}
        seconds: dict[str, list[float]] = {project.name: [] for project in both}
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for project in both if number % 2 else both[::-1]:
                seconds[project.name].append(timed(project, out / project.name))
    if len({tuple(sorted(count.items())) for count in counts.values()}) > 1:
        print(f"bench-synth: the stacks differ in their resources: {counts}", file=sys.stderr)
        return 1
    document = report(both, seconds, sum(next(iter(counts.values())).values()), load)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    show(document)
    return 0


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


def report(
    both: list[Project], seconds: dict[str, list[float]], count: int, load: float
) -> dict[str, list[dict[str, object]] | dict[str, object]]:
    """Return machine, rows and target: the median, over the rounds, of the ratio inside a round."""
    ours, theirs = (seconds[project.name] for project in both)
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    name = f"cdk synth, seconds: {both[0].name} / {both[1].name}"
    return {
        "machine": {
            "system": platform.platform(),
            "cpus": os.cpu_count(),
            "load": round(load, 2),
            "python": platform.python_version(),
        },
        "rows": [
            {"name": project.name, "seconds": round(median(seconds[project.name]), 2), "resources": count}
            for project in both
        ],
        "targets": [{"name": name, "value": round(ratio, 3), "target": AT_MOST, "met": ratio <= AT_MOST}],
    }


def show(document: dict[str, list[dict[str, object]] | dict[str, object]]) -> None:
    """Print the rows and the target."""
    rows, targets = document["rows"], document["targets"]
    assert isinstance(rows, list)
    assert isinstance(targets, list)
    for row in rows:
        print(f"{row['name']:<24}{row['seconds']:>8} s  {row['resources']} resources")
    for target in targets:
        verdict = "met" if target["met"] else "NOT MET"
        print(f"{target['value']} <= {target['target']} {verdict}: {target['name']}")
    print(f"written to {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
