"""Draws arrivals against the schedule: a line from the writing of each event to its arrival.

A stream is a row of parallel lines. A collected answer is a fan that ends in one point.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from ..measure.classify import RunFinding
from ..measure.series import Conclusion
from ..measure.verdicts import OUTCOMES, PASSED
from .report import Runs

WIDTH, LEFT, RIGHT, TOP, LANE = 900, 92, 24, 74, 86
#: Lanes of one picture; the first ones that failed come first.
MOST_LANES = 12
GREEN, RED, INK, FAINT = "#1a7f37", "#cf222e", "#1f2328", "#8c959f"
PAPER, RULE = "#fff", "#d0d7de"
#: Colour on white -> colour for those who read on black. Programs that know no style sheets draw the former.
DARK = {
    GREEN: "#3fb950",
    RED: "#f85149",
    INK: "#e6edf3",
    FAINT: "#8b949e",
    PAPER: "#0d1117",
    RULE: "#30363d",
}
_RULES = "".join(
    f'[{paint}="{light}"]{{{paint}:{dark}}}' for paint in ("fill", "stroke") for light, dark in DARK.items()
)
STYLE = f"<style>@media (prefers-color-scheme:dark){{{_RULES}}}</style>"


def svg(target: str, runs: Runs, conclusion: Conclusion) -> str:
    """Return the picture as an SVG document."""
    shown = _lanes(runs)
    span = max((max(*_since_first(each)) for _, each in shown), default=1000.0) * 1.02
    height = TOP + LANE * max(len(shown), 1) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        f"<title>{escape(conclusion.verdict.value)}: {escape(target)}</title>",
        STYLE,
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
        f'<text x="16" y="28" font-size="17" font-weight="600" fill="{_colour(conclusion)}">'
        f"{escape(conclusion.verdict.value)}</text>",
        f'<text x="16" y="48">{escape(_short(target))}</text>',
    ]
    if not shown:
        parts.append(f'<text x="16" y="{TOP + 30}">{escape(_short(conclusion.evidence[0]))}</text>')
    for lane, (number, finding) in enumerate(shown):
        parts += _lane(TOP + LANE * lane, number, finding, span)
    parts += _axis(TOP + LANE * len(shown) + 12, span) if shown else []
    return "\n".join([*parts, "</svg>"]) + "\n"


def _lanes(runs: Runs) -> list[tuple[int, RunFinding]]:
    timed = [(number, finding) for number, (_, finding) in enumerate(runs, start=1) if finding.arrivals_ms]
    timed.sort(key=lambda run: OUTCOMES[run[1].verdict].exit_code == PASSED)
    return sorted(timed[:MOST_LANES], key=lambda run: run[0])


def _since_first(finding: RunFinding) -> tuple[float, float]:
    """Return when the last event was written and arrived, both since the first was written."""
    delays = [a - s for a, s in zip(finding.arrivals_ms, finding.stamps_ms, strict=True)]
    zero = finding.stamps_ms[0]
    return finding.stamps_ms[-1] - zero, finding.arrivals_ms[-1] - min(delays) - zero


def _lane(top: float, number: int, finding: RunFinding, span: float) -> list[str]:
    def x(moment: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * moment / span

    offset = min(a - s for a, s in zip(finding.arrivals_ms, finding.stamps_ms, strict=True))
    zero = finding.stamps_ms[0]
    colour = GREEN if OUTCOMES[finding.verdict].exit_code == PASSED else RED
    written, arrived = top + 22, top + 62
    parts = [
        f'<text x="16" y="{written + 4}" fill="{FAINT}">written</text>',
        f'<text x="16" y="{arrived + 4}" fill="{colour}">arrived</text>',
        f'<text x="{LEFT}" y="{top + 8}">run {number}: {finding.verdict.value}, longest hold'
        f" {finding.metrics['hold_max_ms']:.0f} ms</text>",
    ]
    for line in (written, arrived):
        parts.append(f'<line x1="{LEFT}" y1="{line}" x2="{WIDTH - RIGHT}" y2="{line}" stroke="{RULE}"/>')
    for stamp, arrival in zip(finding.stamps_ms, finding.arrivals_ms, strict=True):
        from_x, to_x = x(stamp - zero), x(arrival - offset - zero)
        parts.append(
            f'<line x1="{from_x:.1f}" y1="{written}" x2="{to_x:.1f}" y2="{arrived}" stroke="{colour}"'
            ' stroke-opacity="0.45"/>'
        )
        parts.append(f'<circle cx="{from_x:.1f}" cy="{written}" r="2.5" fill="{FAINT}"/>')
        parts.append(f'<circle cx="{to_x:.1f}" cy="{arrived}" r="3" fill="{colour}"/>')
    return parts


def _axis(top: float, span: float) -> list[str]:
    step = next((each for each in (100, 200, 500, 1000, 2000, 5000, 10_000) if span / each <= 10), 60_000)
    parts = [f'<text x="16" y="{top + 14}" fill="{FAINT}">ms</text>']
    for moment in range(0, int(span) + 1, step):
        at = LEFT + (WIDTH - LEFT - RIGHT) * moment / span
        parts.append(f'<text x="{at:.1f}" y="{top + 14}" text-anchor="middle" fill="{FAINT}">{moment}</text>')
    return parts


def _colour(conclusion: Conclusion) -> str:
    return GREEN if OUTCOMES[conclusion.verdict].exit_code == PASSED else RED


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119]}…"
