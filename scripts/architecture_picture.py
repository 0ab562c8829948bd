"""Draws the way of a request through the deployed API, in colours that follow light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 880, 358
BOX_WIDTH, BOX_HEIGHT, GAP = 184, 92, 32
TOP, LEFT = 66, 24
#: Title, and what it does to the answer.
BOXES = (
    ("Client", ("curl, an SDK, a browser,", "streaming-api smoke")),
    ("API Gateway", ("REST API, IAM, throttling", "transfer mode STREAM")),
    ("Lambda", ("managed Python runtime", "lambda_streaming layer")),
    ("Amazon Bedrock", ("ConverseStream", "one model, one permission")),
)
#: Where code runs -> what of this project runs there.
PLACES = (
    ("on a workstation, in CI", "streaming_api_tools/", "smoke, local, doctor, open"),
    ("at synth", "cdk_streaming_api/", "constructs, rules"),
    ("in Lambda", "lambda_src/", "layer, chat, probe"),
)
STYLE = """
  svg { color-scheme: light dark; }
  .paper { fill: #ffffff; } .ink { fill: #1f2328; } .faint { fill: #57606a; }
  .box { fill: #f6f8fa; stroke: #57606a; } .way { stroke: #0b7285; fill: none; } .head { fill: #0b7285; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } .ink { fill: #e6edf3; } .faint { fill: #9da7b1; }
    .box { fill: #161b22; stroke: #8b949e; } .way { stroke: #4fc3d6; } .head { fill: #4fc3d6; }
  }
"""


def draw() -> str:
    """Return the picture as an SVG document."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
            f' height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img"'
            ' aria-labelledby="title">',
            '<title id="title">Client, API Gateway, Lambda and Amazon Bedrock: the request goes from left to'
            " right once, the tokens come back one by one</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
            *_ways(),
            *_boxes(),
            *_places(),
            "</svg>\n",
        ]
    )


def _left(index: int) -> int:
    return LEFT + index * (BOX_WIDTH + GAP)


def _text(x: float, y: float, text: str, style: str = "ink", **attributes: str) -> str:
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:g}" y="{y:g}" class="{style}"{more}>{escape(text)}</text>'


def _boxes() -> Iterator[str]:
    for index, (title, lines) in enumerate(BOXES):
        x = _left(index)
        yield f'<rect class="box" x="{x}" y="{TOP}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        yield _text(x + 14, TOP + 28, title, font_weight="600", font_size="15")
        for row, line in enumerate(lines):
            yield _text(x + 14, TOP + 52 + 20 * row, line, "faint", font_size="12")


def _ways() -> Iterator[str]:
    """Draw the request above the boxes as one line, and the answer below them as ticks."""
    start, end = _left(0) + 20, _left(len(BOXES) - 1) + BOX_WIDTH - 20
    above, below = TOP - 22, TOP + BOX_HEIGHT + 26
    yield f'<path class="way" stroke-width="2" d="M{start} {TOP}V{above}H{end}V{TOP - 8}"/>'
    yield f'<path class="head" d="M{end - 5} {TOP - 9}h10l-5 9z"/>'
    yield _text(start + 10, above - 8, "one request", "faint")
    bottom = TOP + BOX_HEIGHT
    yield f'<path class="way" stroke-width="2" d="M{end} {bottom}V{below}H{start}V{bottom + 9}"/>'
    yield f'<path class="head" d="M{start - 5} {bottom + 9}h10l-5 -9z"/>'
    for x in range(start + 24, end - 12, 24):
        yield f'<path class="way" stroke-width="2" d="M{x} {below - 6}v12"/>'
    yield _text(
        start + 10, below + 24, "the answer, piece by piece: nobody on the way waits for the rest", "faint"
    )


def _places() -> Iterator[str]:
    top, width = TOP + BOX_HEIGHT + 86, (WIDTH - 2 * LEFT - 2 * GAP) / 3
    yield _text(LEFT, top, "What of this project runs where", font_weight="600")
    for index, (place, folder, what) in enumerate(PLACES):
        x = LEFT + index * (width + GAP)
        yield f'<rect class="box" x="{x:g}" y="{top + 14}" width="{width:g}" height="86" rx="8"/>'
        yield _text(x + 14, top + 40, folder, font_family="ui-monospace, monospace", font_weight="600")
        yield _text(x + 14, top + 62, place, "faint")
        yield _text(x + 14, top + 82, what, "faint")
