"""Write docs/performance.md and its picture from docs/performance.json: the figures of the last recorded run.

``--record`` first takes over what the benches have written to ``bench/out``, after `make bench` on a machine
that does nothing else. A run of a machine that was not quiet is refused, and the others are taken over;
``--even-busy`` takes it over as well, and the page says so.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

_HERE = Path(__file__).resolve()
ROOT = _HERE.parent.parent
sys.path.insert(0, str(ROOT))

from bench.machine import QUIET, is_quiet  # noqa: E402
from bench.runtime.report import COLUMNS  # noqa: E402
from streaming_api_tools.smoke.svg import FAINT, GREEN, INK, PAPER, RED, RULE, STYLE  # noqa: E402

TEMPLATE = _HERE.with_suffix(".md")
PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "images" / "performance.svg"
RECORDED = ROOT / "docs" / "performance.json"
MEASURED = ROOT / "bench" / "out"
WIDTH, LEFT, RIGHT, TOP, LANE = 900, 470, 80, 56, 24

#: Of a machine, what is not in the list.
_TOLD_APART = {"load", "load after", "quiet", "node", "python"}

Json = Mapping[str, object]


@dataclass(frozen=True)
class Ratio:
    """A figure with a target.

    :param value: at most ``target``, if it is met
    """

    name: str
    value: float
    target: float

    @property
    def met(self) -> bool:
        """True if it is at most the target."""
        return self.value <= self.target


def record(*, even_busy: bool = False) -> tuple[list[str], list[str]]:
    """Take over the figures of the benches that have been run; return their names, and the refused ones.

    :param even_busy: whether runs count that were not alone on the machine
    """
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(MEASURED.glob("*.json"))}
    refused = [name for name, each in found.items() if not (even_busy or is_quiet(each.get("machine", {})))]
    taken = {name: each for name, each in found.items() if name not in refused}
    # the columns of a row stay in their order
    kept = dict(sorted((recorded() | taken).items()))
    RECORDED.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    return list(taken), refused


def recorded() -> dict[str, Json]:
    """Return the recorded figures by the name of their bench."""
    found: dict[str, Json] = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    return found


def render(figures: Mapping[str, Json]) -> str:
    """Return the page."""
    text = TEMPLATE.read_text("utf-8")
    for path in sorted((ROOT / "bench").glob("*/__main__.py")):
        bench = path.parent.name
        mark = f"@{bench.upper()}@"
        assert mark in text, f"{TEMPLATE.name} has no {mark}"
        missing = f"Not recorded: run `make bench-{bench}` on a machine that does nothing else."
        text = text.replace(mark, "\n".join(_section(figures[bench])) if bench in figures else missing)
    return text


def _section(figures: Json) -> Iterator[str]:
    machine = figures.get("machine")
    if machine and isinstance(machine, Mapping):
        yield _machine(machine)
        yield ""
    rows = figures.get("rows", ())
    assert isinstance(rows, Sequence)
    for table in _alike(rows):
        yield from _table(table)
        yield ""
    if found := list(_figures(figures)):
        yield "| figure | value | at most | |"
        yield "|---|--:|--:|---|"
        yield from found


def _figures(figures: Json) -> Iterator[str]:
    targets = figures.get("targets", ())
    judged = {ratio.name: ratio for ratio in ratios(figures)}
    for each in targets if isinstance(targets, Sequence) else ():
        ratio = judged.get(str(each["name"]))
        told = (f"{ratio.target:g}", "met" if ratio.met else "missed") if ratio else ("-", "")
        yield f"| {each['name']} | {each['value']:,g} | {' | '.join(told)} |".replace("|  |", "| |")


def _machine(machine: Json) -> str:
    told = ", ".join(f"{name} {value}" for name, value in machine.items() if name not in _TOLD_APART)
    told += "".join(
        f", {name} {str(machine[name]).split()[-1]}" for name in ("python", "node") if name in machine
    )
    load = f"Busy processors before the run: {machine.get('load', 0):g}"
    if "load after" in machine:
        load += f", after it: {machine['load after']:g}"
    doubt = "" if is_quiet(machine) else f" **Above {QUIET:g}: these figures do not count.**"
    return f"{told[0].upper()}{told[1:]}. {load}.{doubt}"


def _alike(rows: Sequence[Json]) -> list[list[Json]]:
    """Return rows in tables: those with the same columns together."""
    tables: dict[tuple[str, ...], list[Json]] = {}
    for row in rows:
        tables.setdefault(tuple(row), []).append(row)
    return list(tables.values())


def _table(rows: Sequence[Json]) -> Iterator[str]:
    columns = [name for name in rows[0] if name != "name"]
    yield f"| | {' | '.join(COLUMNS.get(name, name) for name in columns)} |"
    yield f"|---|{'--:|' * len(columns)}"
    for row in rows:
        cells = ("-" if row[name] is None else _number(row[name]) for name in columns)
        yield f"| {row['name']} | {' | '.join(cells)} |"


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def ratios(figures: Json) -> Iterator[Ratio]:
    """Yield the figures of a bench that have a target."""
    targets = figures.get("targets", ())
    for each in targets if isinstance(targets, Sequence) else ():
        if each["target"] is not None:
            yield Ratio(str(each["name"]), float(each["value"]), float(each["target"]))


def draw(figures: Mapping[str, Json]) -> str:
    """Return the picture: each figure with a target, as a part of the target."""
    shown = [ratio for bench in sorted(figures) for ratio in ratios(figures[bench]) if ratio.target]
    height = TOP + LANE * max(1, len(shown)) + 24
    most = max([1.25, *(ratio.value / ratio.target for ratio in shown)])
    full = LEFT + (WIDTH - LEFT - RIGHT) / most
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        "<title>Figures and their targets</title>",
        STYLE,
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        '<text x="16" y="28" font-size="17" font-weight="600">Figures, as parts of their targets</text>',
        f'<line x1="{full:.1f}" y1="{TOP - 12}" x2="{full:.1f}" y2="{height - 16}" stroke="{RULE}"/>',
        f'<text x="{full:.1f}" y="{TOP - 16}" text-anchor="middle" fill="{FAINT}">the target</text>',
    ]
    for number, ratio in enumerate(shown):
        y = TOP + LANE * number
        length = (WIDTH - LEFT - RIGHT) * ratio.value / ratio.target / most
        colour = GREEN if ratio.met else RED
        name = ratio.name if len(ratio.name) < 72 else f"{ratio.name[:71]}\N{HORIZONTAL ELLIPSIS}"
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 12}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y + 2}" width="{length:.1f}" height="14" fill="{colour}"/>',
            f'<text x="{LEFT + length + 6:.1f}" y="{y + 13}" fill="{FAINT}">{ratio.value:g}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> int:
    """Write the page and the picture; return 1 when a run was refused."""
    parser = argparse.ArgumentParser(prog="performance_docs.py", description=__doc__)
    parser.add_argument("--record", action="store_true", help="take over bench/out first")
    parser.add_argument("--even-busy", action="store_true", help="take runs over that do not count, too")
    arguments = parser.parse_args()
    refused: list[str] = []
    if arguments.record:
        taken, refused = record(even_busy=arguments.even_busy)
        print("recorded:", ", ".join(taken) or "nothing")
    PAGE.write_text(render(recorded()), "utf-8")
    PICTURE.write_text(draw(recorded()), "utf-8")
    for name in refused:
        print(f"not recorded: the machine was not quiet; run make bench-{name} again", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
