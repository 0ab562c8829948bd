"""The worked example of the page about cost: its arithmetic is done again."""

from __future__ import annotations

import math
import re
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "limits-and-cost.md").read_text("utf-8")
MB = 1_000_000
TIMES = "\N{MULTIPLICATION SIGN}"
#: A request of API Gateway, from the table of limits.
METERED = 10 * MB


def table(head: str) -> dict[str, str]:
    """Return the first and the last column of the table with this head."""
    _, _, rest = PAGE.partition(head)
    assert rest, head
    rows = [re.split(r"\s*\|\s*", row.strip("| ")) for row in rest.partition("\n\n")[0].splitlines()[2:]]
    return {row[0]: row[-1] for row in rows}


def test_cost_docs_results_follow_from_the_inputs() -> None:
    given = {name: float(value) for name, value in table("| input | from | value |").items()}
    told = table("| result | how | value |")
    answers = given["answers a month"]
    seconds = given["seconds to the first token"] + given["tokens of an answer"] / given["tokens a second"]
    gb_seconds = given["memory of the function, MiB"] / 1024 * seconds
    size = given["tokens of an answer"] * given["bytes of an event"]
    requests = math.ceil(size / METERED)
    costs = {
        "API Gateway, USD a month": answers * requests * given["USD per million requests, API Gateway"] / 1e6,
        "Lambda requests, USD a month": answers * given["USD per million requests, Lambda"] / 1e6,
        "Lambda duration, USD a month": answers * gb_seconds * given["USD per GB-second, Arm"],
        "tokens in, USD a month": (
            answers * given["tokens of a prompt"] * given["USD per million tokens in, Nova Lite"] / 1e6
        ),
        "tokens out, USD a month": (
            answers * given["tokens of an answer"] * given["USD per million tokens out, Nova Lite"] / 1e6
        ),
        "bytes out, USD a month": answers * size / 1e9 * given["USD per GB out to the internet"],
    }
    assert told == {
        "seconds of an answer": f"{seconds:g}",
        "GB-seconds of an answer": f"{gb_seconds:g}",
        "bytes of an answer": f"{size:g}",
        "requests that API Gateway counts for it": f"{requests}",
        **{name: f"{cost:.2f}" for name, cost in costs.items()},
        "together, USD a month": f"{sum(costs.values()):.2f}",
        "streams at once, at ten answers a second": f"{10 * seconds:g}",
    }
    assert f"up to {20 * seconds:g} streams" in PAGE


def test_cost_docs_formulas_give_the_shown_values() -> None:
    for row in re.findall(rf"^\| [^|]+ \| ([\d./ {TIMES}+]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE):
        how, value = row
        digits = len(value.partition(".")[2])
        assert f"{eval(how.replace(TIMES, '*')):.{digits}f}" == f"{float(value):.{digits}f}", how


def test_cost_docs_large_answer_is_metered_and_slowed_as_described() -> None:
    assert f"An answer of 24 MB counts as {math.ceil(24 * MB / METERED)} requests" in PAGE
    assert f"(24 \N{MINUS SIGN} 6) / 2 = {(24 - 6) // 2} seconds" in PAGE


def test_cost_docs_every_limit_and_input_has_a_source() -> None:
    for head in ("| limit | value | source |", "| input | from | value |"):
        rows = PAGE.partition(head)[2].partition("\n\n")[0].splitlines()[2:]
        column = head.strip("| ").split(" | ").index("source" if "source" in head else "from")
        for row in rows:
            said = row.strip("| ").split(" | ")[column]
            assert re.search(r"\(https://[^)]+\)|^the same$|^assumed$|`BedrockFunction`|formats\.md", said), (
                row
            )


def test_cost_docs_event_length_is_that_of_a_real_event() -> None:
    given = {name: float(value) for name, value in table("| input | from | value |").items()}
    event = b'event: delta\ndata: {"text":"letter "}\n\n'
    chunk = b"%x\r\n%b\r\n" % (len(event), event)
    assert len(chunk) == given["bytes of an event"]
