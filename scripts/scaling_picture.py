"""Draw streams at once over time, in the colours of the tester's pictures, which adapt to a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from streaming_api_tools.smoke.svg import FAINT, GREEN, INK, PAPER, RED, RULE, STYLE

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 440, 72, 24, 56, 110
TONES = {"faint": FAINT, "bad": RED, "ink": INK, "good": GREEN}


@dataclass(frozen=True)
class Line:
    """A line of the picture.

    :param running: streams at once, at the end of each second
    :param tone: a key of ``TONES``
    """

    name: str
    running: Sequence[int]
    tone: str


def picture(title: str, lines: Sequence[Line]) -> str:
    """Return the picture as an SVG document."""
    most = _top(max(max(line.running) for line in lines))
    seconds = max(len(line.running) for line in lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        STYLE,
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        f'<text x="16" y="28" font-size="17" font-weight="600">{escape(title)}</text>',
        *_axes(most, seconds),
    ]
    for number, line in enumerate(lines):
        colour = TONES[line.tone]
        points = " ".join(
            f"{_x(second, seconds):.1f},{_y(running, most):.1f}"
            for second, running in enumerate((0, *line.running))
        )
        dashed = ' stroke-dasharray="6 4"' if line.tone == "faint" else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>')
        x, y = LEFT + 420 * (number % 2), HEIGHT - 44 + 24 * (number // 2)
        parts.append(
            f'<line x1="{x}" y1="{y}" x2="{x + 28}" y2="{y}" stroke="{colour}" stroke-width="2"{dashed}/>'
        )
        parts.append(f'<text x="{x + 36}" y="{y + 4}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes(most: int, seconds: int) -> list[str]:
    parts = []
    for step in range(5):
        value = most * step // 4
        y = _y(value, most)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{RULE}"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{FAINT}">{value:,}</text>'
        )
    for second in range(0, seconds + 1, 30):
        x = _x(second, seconds)
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="{FAINT}">'
            f"{second} s</text>"
        )
    return parts


def _top(most: int) -> int:
    step = int(4 * 10 ** max(0, len(str(most)) - 2))
    return -(-most // step) * step


def _x(second: float, seconds: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * second / seconds


def _y(value: float, most: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most
