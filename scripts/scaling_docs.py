"""Write docs/scaling.md and its picture: streams at once against the limits that AWS documents.

Every number is computed by ``streaming_api_tools.scale`` from the limits there, from the worked example of
docs/limits-and-cost.md, and from one seed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from scaling_picture import Line, picture

from streaming_api_tools.scale.erlang import refused_share
from streaming_api_tools.scale.limits import DEFAULTS, LIMITS, NEW_ACCOUNT
from streaming_api_tools.scale.plan import Workload, ask, carried, order_of_breaking, settled
from streaming_api_tools.scale.simulate import Capacity, Outcome, simulate
from streaming_api_tools.scale.traffic import Arrival, Lengths, arrivals

_HERE = Path(__file__).resolve()
TEMPLATE = _HERE.with_suffix(".md")
DOCS = _HERE.parent.parent / "docs"
PAGE, PICTURE = DOCS / "scaling.md", DOCS / "images" / "scaling.svg"
EXAMPLE = DOCS / "limits-and-cost.md"
#: Streams at once -> seconds that are simulated.
STREAMS = {10: 3600, 1_000: 300, 10_000: 180}
LARGEST = max(STREAMS)
#: Seconds in which the traffic of the gentle start grows, and the seed of the requests.
RAMP, SEED = 120, 21
#: Standard deviation of the lengths over their mean, and ``maxTokens`` of a request: assumed.
VARIATION, MOST_TOKENS = 0.8, 1_024


@dataclass(frozen=True)
class Plan:
    """The simulations of a number of streams at once.

    :param sudden: its requests, all of them from the first second on
    :param gentle: the same, growing
    :param asked: the limits to ask for
    """

    streams: int
    sudden: tuple[Arrival, ...]
    gentle: tuple[Arrival, ...]
    asked: Capacity

    @cached_property
    def unchanged(self) -> Outcome:
        """The requests all at once, with the default limits."""
        return simulate(self.sudden, workload().applied(DEFAULTS))

    @cached_property
    def raised(self) -> Outcome:
        """The requests all at once, with the limits that were asked for."""
        return simulate(self.sudden, self.asked)

    @cached_property
    def grown(self) -> Outcome:
        """The growing requests, with the limits that were asked for."""
        return simulate(self.gentle, self.asked)

    def alone(self, limit: Capacity) -> Outcome:
        """Return what becomes of the requests when one limit is in force."""
        return simulate(self.sudden, workload().applied(limit))


@cache
def example() -> dict[str, float]:
    """Return the inputs of the worked example, and the write units of an answer."""
    text = EXAMPLE.read_text("utf-8")
    table = text.partition("| input | from | value |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (.+?) \| .+ \| ([\d.]+) \|$", table, re.MULTILINE)
    units = re.search(r"^\| write units of an answer \| .+ \| ([\d.]+) \|$", text, re.MULTILINE)
    together = re.search(r"^\| together, USD a month \| .+ \| ([\d.]+) \|$", text, re.MULTILINE)
    stored = re.search(r"^\| DynamoDB, USD a month \| .+ \| ([\d.]+) \|$", text, re.MULTILINE)
    assert units
    assert together
    assert stored
    given = {name: float(value) for name, value in rows}
    return given | {
        "units": float(units[1]),
        "USD": float(together[1]) / given["answers a month"],
        "USD of the store": float(stored[1]) / given["answers a month"],
    }


@cache
def workload() -> Workload:
    """Return the streams of the worked example."""
    given = example()
    return Workload(
        prompt=given["tokens of a prompt"],
        answer=given["tokens of an answer"],
        silence=given["seconds to the first token"],
        per_second=given["tokens a second"],
        most=MOST_TOKENS,
        units_of_stream=given["units"],
    )


@cache
def plan(streams: int) -> Plan:
    """Return the simulations of so many streams at once."""
    rate, lengths = workload().rate(streams), Lengths(workload().seconds, VARIATION)
    sudden = arrivals(rate, STREAMS[streams], lengths, seed=SEED)
    gentle = arrivals(rate, STREAMS[streams], lengths, seed=SEED, ramp=RAMP)
    return Plan(streams, tuple(sudden), tuple(gentle), workload().applied(ask(workload(), streams, DEFAULTS)))


def render() -> str:
    """Return the page."""
    text = TEMPLATE.read_text("utf-8")
    tables: dict[str, Callable[[], Iterator[str]]] = {
        "@INPUTS@": _inputs,
        "@LIMITS@": _limits,
        "@ALONE@": _alone,
        "@BREAKS@": _breaks,
        "@ASK@": _ask,
        "@STARTS@": _starts,
    }
    for name, rows in tables.items():
        text = text.replace(name, "\n".join(rows()))
    blocked = refused_share(NEW_ACCOUNT, NEW_ACCOUNT)
    return text.replace("@NEW@", f"{NEW_ACCOUNT}").replace("@BLOCKED@", _percent(blocked))


def draw() -> str:
    """Return the picture: the largest number of streams, over time."""
    largest = plan(LARGEST)
    lines = (
        ("no limits", largest.alone(Capacity()), "faint"),
        ("the default limits", largest.unchanged, "bad"),
        ("the limits that were asked for, all at once", largest.raised, "ink"),
        (f"the same, growing for {RAMP} s", largest.grown, "good"),
    )
    drawn = [Line(name, outcome.running, tone) for name, outcome, tone in lines]
    return picture(f"{largest.streams:,} streams at once, {STREAMS[LARGEST]} seconds", drawn)


def _inputs() -> Iterator[str]:
    given = workload()
    yield f"| tokens of a prompt | the worked example | {given.prompt:g} |"
    yield f"| tokens of an answer | the same | {given.answer:g} |"
    yield f"| mean seconds of a stream | the same | {given.seconds:g} |"
    yield f"| standard deviation of the lengths over their mean, lognormal | assumed | {VARIATION:g} |"
    yield f"| `maxTokens` of a request, which Bedrock reserves | assumed | {MOST_TOKENS:,} |"
    yield f"| write units of a stream, with a store | the worked example | {given.units_of_stream:g} |"
    told = ", ".join(f"{seconds:,}" for seconds in STREAMS.values())
    yield f"| seconds that are simulated, for each number of streams | - | {told} |"


def _limits() -> Iterator[str]:
    for limit in LIMITS:
        source = limit.source.partition("/latest")[0].rpartition("/")[2] if "//" in limit.source else "ours"
        yield f"| {limit.name} | {limit.value} | {limit.increase} | [{source}]({limit.source}) |"


def _alone() -> Iterator[str]:
    for limit in LIMITS:
        if limit.gate is None:
            continue
        carries = carried(limit.alone, workload())
        cells = [_percent(plan(streams).alone(limit.alone).share(limit.gate)) for streams in STREAMS]
        told = "-" if carries is None else f"{carries:,.0f}"
        yield f"| {limit.name.partition(', in')[0]} | {told} | {' | '.join(cells)} |"


def _breaks() -> Iterator[str]:
    for streams in STREAMS:
        each = plan(streams)
        now = workload().applied(DEFAULTS)
        found = order_of_breaking(each.sudden, now, each.asked)
        said = "; ".join(
            f"{one.gate.value} after {one.second:.0f} s ({_percent(one.share)})" for one in found
        )
        share = _percent(each.unchanged.refused_share)
        yield f"| {streams:,} | {workload().rate(streams):,.1f} | {said or 'none'} | {share} |"


def _ask() -> Iterator[str]:
    for streams in STREAMS:
        asked, hourly = plan(streams).asked, workload().rate(streams) * 3600
        assert asked.stage
        assert asked.account
        assert asked.tokens
        assert DEFAULTS.account
        assert DEFAULTS.tokens
        cells = (
            f"{asked.stage.rate:,.0f}, {asked.stage.burst:,.0f}",
            _unless_default(asked.account.rate, DEFAULTS.account.rate),
            _unless_default(asked.concurrency, DEFAULTS.concurrency),
            _unless_default(asked.tokens.burst, DEFAULTS.tokens.burst),
            _unless_default(asked.units, DEFAULTS.units),
            f"{hourly * example()['USD']:,.2f}",
            f"{hourly * example()['USD of the store']:,.2f}",
        )
        yield f"| {streams:,} | {' | '.join(cells)} |"


def _starts() -> Iterator[str]:
    for streams in STREAMS:
        each = plan(streams)
        sudden, gentle = each.raised, each.grown
        by = ", ".join(f"{gate.value} {_percent(sudden.share(gate))}" for gate in sudden.refused)
        told = f"{_percent(sudden.refused_share)}{f' ({by})' if by else ''}"
        running = f"{settled(gentle, RAMP + 30):,.0f}"
        yield f"| {streams:,} | {told} | {_percent(gentle.refused_share)} | {running} |"


def _unless_default(value: float | None, default: float | None) -> str:
    return "the default" if value == default else f"{value:,.0f}"


def _percent(share: float) -> str:
    if share and share < 0.0005:
        return "< 0.1 %"
    return f"{share:.1%}".replace("%", " %")


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
    PICTURE.write_text(draw(), "utf-8")
