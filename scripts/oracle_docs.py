"""Write docs/oracles.md: what imitates somebody else's system, what it is held against, and what differs.

Every number is counted from the tables that the tests run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(_ROOT / each) for each in ("", "lambda_src", "lambda_src/layer/python")]

from mutants import sample  # noqa: E402
from mutants.places import OPERATORS  # noqa: E402
from mutants.score import score  # noqa: E402
from oracles.access import authorizers  # noqa: E402
from oracles.functions import adapters, streams, usage  # noqa: E402
from oracles.oracle import Oracle  # noqa: E402
from oracles.tools import bedrock, http2, templates  # noqa: E402

PAGE = _ROOT / "docs" / "oracles.md"
TEMPLATE = Path(__file__).with_name("oracle_docs.md")


def oracles() -> list[Oracle]:
    """Return every oracle, by what it judges."""
    return [*streams(), *adapters(), *authorizers(), *templates(), *bedrock(), *usage(), *http2()]


def render() -> str:
    """Return the page."""
    found = oracles()
    rows = [f"| {each.imitation} | {each.oracle} | {each.cases} | `{each.suite}` |" for each in found]
    page = TEMPLATE.read_text("utf-8").replace("@ORACLES@", "\n".join(rows))
    page = page.replace("@DIFFERENCES@", _left(found))
    return page.replace("@MUTANTS@", _killed()).replace("@OPERATORS@", "\n".join(_by_operator()))


def _killed() -> str:
    found = score(sample.load())
    told = found.killed + found.survived
    left = f" {found.left} have not been judged yet." if found.left else ""
    return f"A test fails for {found.killed} of the {told} that a test could tell ({found.share:.1%}).{left}"


def _by_operator() -> Iterator[str]:
    listed = sample.load()
    for operator in OPERATORS:
        found = score(each for each in listed if each.mutant.operator == operator)
        yield f"| {operator} | {found.killed} | {found.survived} | {found.equivalent} |"


def _left(found: Iterable[Oracle]) -> str:
    return "\n\n".join(
        f"{each.imitation[0].upper()}{each.imitation[1:]}, against {each.oracle}:\n\n"
        + "\n".join(f"- {difference}" for difference in each.differences)
        for each in found
        if each.differences
    )


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
    print(f"{len(oracles())} oracles")
