"""Runs the benchmark, prints its tables and writes them to ``bench/out/runtime.json``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from bench.machine import Machine, verdict

from . import flood, per_event, report, subjects
from .flood import Flood
from .install import ROOT, CannotRun, Installed, at_commit, install
from .measure import Sample, bedrock, environment, measure, warm_up
from .subjects import Subject

OUT = ROOT / "bench" / "out" / "runtime.json"
#: Of the CPU time of an event in Node.js.
AT_MOST = 0.5

Samples = dict[str, list[Sample]]
Floods = dict[str, list[Flood]]


class Found(NamedTuple):
    """What was measured."""

    rows: list[dict[str, object]]
    targets: list[dict[str, object]]


def main() -> int:
    """Return 0 when everything was measured, whatever the figures."""
    parser = argparse.ArgumentParser(prog="bench.runtime", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8, help="how often (default: 8)")
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
        other = at_commit(installed, commit) if commit else None
    except CannotRun as failure:
        print(f"bench-runtime: {failure}", file=sys.stderr)
        return 1
    quiet = Machine.look()
    if commit and other:
        found = against(installed, other, commit, arguments.rounds)
    else:
        found = alone(installed, arguments.rounds)
    described = machine(installed, quiet)
    document = {"machine": described, "rows": found.rows, "targets": found.targets}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(report.table(*found))
    print(f"\n{verdict(described)}")
    print(f"\nwritten to {OUT.relative_to(ROOT)}")
    return 0


def alone(installed: Installed, rounds: int) -> Found:
    """Compare the library and the chat function with their alternatives."""
    formats = per_event.per_event(installed)
    everyone, relays = subjects.subjects(installed), subjects.relays(installed)
    samples, floods = run(installed, everyone, relays, rounds)
    return Found(
        [*report.rows(samples), *flood.rows(floods), *per_event.rows(formats)],
        [
            *report.targets(samples),
            flood.target(floods, subjects.RELAY, subjects.RELAY_NODE, AT_MOST),
            *per_event.targets(formats),
        ],
    )


def against(installed: Installed, other: Installed, commit: str, rounds: int) -> Found:
    """Compare the library and the chat function with those of another commit."""
    formats, theirs = per_event.per_event(installed), per_event.per_event(other)
    everyone = subjects.compared(installed, other, commit)
    relays = subjects.compared_relays(installed, other, commit)
    samples, floods = run(installed, everyone, relays, rounds)
    return Found(
        [
            *(*report.rows(samples), *flood.rows(floods)),
            *(*per_event.rows(formats), *per_event.rows(theirs, commit)),
        ],
        [
            *report.targets(samples, report.targets_against(commit)),
            flood.target(floods, subjects.RELAY, subjects.at(subjects.RELAY, commit), 1.0),
            *per_event.targets_against(formats, theirs, commit),
        ],
    )


def run(
    installed: Installed, everyone: list[Subject], relays: list[Subject], rounds: int
) -> tuple[Samples, Floods]:
    """Measure every function once a round, so that what disturbs the machine disturbs all of them."""
    samples: Samples = {subject.name: [] for subject in everyone}
    floods: Floods = {subject.name: [] for subject in relays}
    with bedrock(installed) as url, flood.feeder() as port:
        env = environment(installed, url)
        for subject in everyone:
            warm_up(subject, env)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for subject in _turned(everyone, number):
                samples[subject.name].append(measure(subject, env))
            for subject in _turned(relays, number):
                floods[subject.name].append(flood.flood(subject, env, port))
    return samples, floods


def _turned(everyone: list[Subject], number: int) -> list[Subject]:
    """Return the functions in an order in which, over the rounds, each comes after every other one."""
    turn = number % len(everyone)
    return everyone[turn:] + everyone[:turn]


def machine(installed: Installed, before: Machine) -> dict[str, object]:
    """Return what the figures depend on."""
    return before.described(python=_version(installed.python, "-V"), node=_version(installed.node, "-v"))


def _version(program: Path, option: str) -> str:
    return subprocess.run([program, option], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
