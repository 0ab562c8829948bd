"""Judge the listed mutants: ``make mutants``.

Exit code 0 if at least 97 % of those that are not equivalent are killed, 1 if fewer are, or if one that is
named equivalent is killed, 2 if the list no longer fits the code or the unchanged code fails its tests.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from .equivalent import EQUIVALENT
from .judge import BrokenRun
from .run import Verdicts, judge_all
from .sample import MOST_GONE, SEED, SIZE, Judged, applied, choose, load, save
from .score import LEAST, score

STALE = """\
the list no longer fits the code: run make mutants MUTANTS_FLAGS='--choose --record', name what is equivalent
in scripts/mutants/equivalent.py, run scripts/oracle_docs.py, and commit them"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    options = _parser().parse_args(arguments)
    other = options.seed != SEED or options.size != SIZE
    listed = choose(options.seed, options.size) if options.choose or other else load()
    gone = [each for each in listed if applied(each.mutant) is None]
    for each in gone:
        print(f"no longer in the code: {each.mutant}")
    if len(gone) > MOST_GONE * len(listed):
        print(f"{len(gone)} of {len(listed)} changes: {STALE}", file=sys.stderr)
        return 2
    left = [each for each in listed if each not in gone]
    try:
        verdicts = judge_all([each.mutant for each in left], options.workers, options.anew)
    except BrokenRun as broken:
        print(broken, file=sys.stderr)
        return 2
    found = [_judged(each, verdicts) for each in left]
    if options.record and not other:
        save([*found, *gone])
        print("wrote the verdicts; now run scripts/oracle_docs.py")
    return _report(found, verdicts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make mutants", description="Judge the listed mutants.")
    parser.add_argument("--workers", type=int, default=2, help="how many run at a time (default: 2)")
    parser.add_argument("--anew", action="store_true", help="judge also what an earlier run has judged")
    parser.add_argument("--record", action="store_true", help="write the verdicts into the list")
    parser.add_argument("--choose", action="store_true", help="choose the list again")
    parser.add_argument("--seed", default=SEED, help="judge others, which are not recorded")
    parser.add_argument("--size", type=int, default=SIZE, help=f"judge so many others (default: {SIZE})")
    return parser


def _judged(each: Judged, verdicts: Verdicts) -> Judged:
    if each.mutant in EQUIVALENT:
        return replace(each, verdict="equivalent")
    return replace(each, verdict="killed" if verdicts[each.mutant] else "survived")


def _report(found: list[Judged], verdicts: Verdicts) -> int:
    for each in found:
        if each.verdict == "survived":
            print(f"survived: {each.mutant}\n    judged by {' '.join(each.judges)}")
    wrong = [each.mutant for each in found if each.mutant in EQUIVALENT and verdicts[each.mutant]]
    for mutant in wrong:
        print(f"named equivalent, but a test fails: {mutant}")
    result = score(found)
    print(result)
    return 0 if result.share >= LEAST and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
