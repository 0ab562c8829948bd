"""Writes a report as a table, as CSV or as JSON. The names in it are others' words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from ..printable import one_line
from .summary import Row

SCHEMA_VERSION = 1
BARS, ASCII_BARS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"
COLUMNS = (
    *("requests", "errors", "input_tokens", "output_tokens", "cached_tokens", "total_tokens"),
    *("cost_usd", "unpriced_requests", "first_token_ms"),
)
# Head of a column of the table -> its member.
_TABLE = {
    "requests": "requests",
    "errors": "errors",
    "input": "input_tokens",
    "output": "output_tokens",
    "cached": "cached_tokens",
    "USD": "cost_usd",
    "first token": "first_token_ms",
}
_LONGEST_NAME = 40
# What a spreadsheet takes for a formula at the beginning of a cell: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def values_of(row: Row) -> dict[str, float | None]:
    """Return the numbers of a row by their names."""
    total = row.total
    return {
        "requests": total.requests,
        "errors": total.errors,
        "input_tokens": total.input_tokens,
        "output_tokens": total.output_tokens,
        "cached_tokens": total.cached_tokens,
        "total_tokens": total.total_tokens,
        "cost_usd": None if row.cost_usd is None else round(row.cost_usd, 9),
        "unpriced_requests": total.requests - total.priced,
        "first_token_ms": None if row.first_token_ms is None else round(row.first_token_ms, 3),
    }


def as_table(by: str, rows: Sequence[Row], every: Row, *, ascii_only: bool) -> str:
    """Return the lines of the table, with a sparkline of the tokens over time in each."""
    lines = [[by, *_TABLE, "tokens over time"]]
    for row in [*rows, every] if len(rows) > 1 else rows:
        values = values_of(row)
        line = bars(row.tokens_over_time, ascii_only=ascii_only).rstrip()
        lines.append([_name(row), *(_cell(name, values) for name in _TABLE.values()), line])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number in (0, len(widths) - 1) else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def as_csv(by: str, rows: Sequence[Row]) -> str:
    """Return the rows as CSV; a name that a spreadsheet would run begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([by, *COLUMNS])
    for row in rows:
        values = values_of(row)
        numbers = ["" if values[name] is None else values[name] for name in COLUMNS]
        writer.writerow([_without_formula(row.total.group), *numbers])
    return text.getvalue().rstrip("\n")


def as_json(by: str, rows: Sequence[Row], every: Row, begin: float | None, end: float | None) -> str:
    """Return the report as one JSON object, in ASCII."""
    told = [{by: row.total.group, **values_of(row), "tokens_over_time": row.tokens_over_time} for row in rows]
    report = {
        "schema_version": SCHEMA_VERSION,
        "by": by,
        "since": begin,
        "until": end,
        "rows": told,
        "total": values_of(every),
    }
    return json.dumps(report)


def bars(values: Sequence[int], *, ascii_only: bool = False) -> str:
    """Return a line with a bar for each value.

    >>> bars([0, 1, 2, 4], ascii_only=True)
    ' :=@'
    """
    shapes = ASCII_BARS if ascii_only else BARS
    most = max(values, default=0)
    return "".join(shapes[-(-value * (len(shapes) - 1) // most) if most else 0] for value in values)


def _name(row: Row) -> str:
    name = one_line(row.total.group)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."


def _cell(name: str, values: dict[str, float | None]) -> str:
    value = values[name]
    if value is None:
        return "-"
    if name == "cost_usd":
        # what has no price makes it more
        return f"{value:.4f}{'+' if values['unpriced_requests'] else ''}"
    return f"{value:.0f} ms" if name == "first_token_ms" else f"{value:.0f}"


def _without_formula(name: str) -> str:
    flat = one_line(name)
    return f"'{flat}" if flat.startswith(_FORMULA) or name.startswith(_FORMULA) else flat
