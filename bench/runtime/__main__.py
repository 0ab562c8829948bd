"""Runs the benchmark, prints its table and writes it to ``bench/out/runtime.json``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from bench.machine import Machine, verdict

from .install import ROOT, CannotRun, Installed, at_commit, install
from .measure import Sample, bedrock, environment, measure
from .report import TARGETS, rows, table, targets, targets_against
from .subjects import Subject, compared, subjects

OUT = ROOT / "bench" / "out" / "runtime.json"


def main() -> int:
    """Return 0 when everything was measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="bench.runtime", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how often (default: 10)")
    parser.add_argument(
        "--python", type=Path, default=Path(sys.executable), help="what the functions run in (default: this)"
    )
    parser.add_argument(
        "--against", metavar="COMMIT", help="compare the library and the chat function with those of a commit"
    )
    arguments = parser.parse_args()
    commit: str | None = arguments.against
    try:
        installed = install(arguments.python)
        if commit:
            everyone = compared(installed, at_commit(installed, commit), commit)
        else:
            everyone = subjects(installed)
    except CannotRun as failure:
        print(f"bench-runtime: {failure}", file=sys.stderr)
        return 1
    quiet = Machine.look()
    samples = run(installed, everyone, arguments.rounds)
    found = rows(samples), targets(samples, targets_against(commit) if commit else TARGETS)
    described = machine(installed, quiet)
    document = {"machine": described, "rows": found[0], "targets": found[1]}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(table(*found))
    print(f"\n{verdict(described)}")
    print(f"\nwritten to {OUT.relative_to(ROOT)}")
    return 0


def run(installed: Installed, everyone: list[Subject], rounds: int) -> dict[str, list[Sample]]:
    """Measure every function once a round, so that what disturbs the machine disturbs all of them."""
    samples: dict[str, list[Sample]] = {subject.name: [] for subject in everyone}
    with bedrock(installed) as url:
        env = environment(installed, url)
        for subject in everyone:
            measure(subject, env)  # the file system's cache is warm from here on
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            # every function comes after every other one
            turn = number % len(everyone)
            for subject in everyone[turn:] + everyone[:turn]:
                samples[subject.name].append(measure(subject, env))
    return samples


def machine(installed: Installed, before: Machine) -> dict[str, object]:
    """Return what the figures depend on."""
    return before.described(python=_version(installed.python, "-V"), node=_version(installed.node, "-v"))


def _version(program: Path, option: str) -> str:
    return subprocess.run([program, option], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
