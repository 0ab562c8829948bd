"""Adds samples up to the rows of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from .records import Sample

#: Spans of time in a sparkline.
SPANS = 24
_SUMMED = (
    *("requests", "errors", "input_tokens", "output_tokens", "cached_tokens", "total_tokens"),
    *("cost_usd", "priced", "first_token_ms", "timed"),
)


@dataclass
class Row:
    """The sum of the requests of one group.

    :param tokens_over_time: the tokens in each of :data:`SPANS` equal spans of the time of the report
    """

    total: Sample
    tokens_over_time: list[int] = field(default_factory=lambda: [0] * SPANS)

    @property
    def first_token_ms(self) -> float | None:
        """The average time to the first token; None where there was none."""
        return self.total.first_token_ms / self.total.timed if self.total.timed else None

    @property
    def cost_usd(self) -> float | None:
        """The cost as far as it is known; None where nothing of it is."""
        return self.total.cost_usd if self.total.priced else None

    def add(self, sample: Sample, begin: float, end: float) -> None:
        """Add a sample; ``begin`` and ``end`` are those of the report."""
        total = self.total
        self.total = replace(
            total, **{name: getattr(total, name) + getattr(sample, name) for name in _SUMMED}
        )
        share = (sample.at - begin) / (end - begin) if end > begin else 0.0
        self.tokens_over_time[min(SPANS - 1, max(0, int(share * SPANS)))] += sample.total_tokens


def summarize(samples: Sequence[Sample], begin: float | None, end: float | None) -> tuple[list[Row], Row]:
    """Return the rows of a report, the dearest first, and the sum of all.

    :param begin: of the time of the report, in seconds since the epoch. Default: - of the first sample
    :param end: of that time. Default: - of the last sample
    """
    moments = [sample.at for sample in samples]
    begin = min(moments, default=0.0) if begin is None else begin
    end = max(moments, default=0.0) if end is None else end
    rows: dict[str, Row] = {}
    every = _empty("total")
    for sample in samples:
        rows.setdefault(sample.group, _empty(sample.group)).add(sample, begin, end)
        every.add(sample, begin, end)
    return sorted(rows.values(), key=_rank), every


def between(samples: Iterable[Sample], begin: float | None) -> list[Sample]:
    """Return the samples since a moment."""
    return [sample for sample in samples if begin is None or sample.at >= begin]


def _empty(group: str) -> Row:
    return Row(Sample(group, 0.0, requests=0))


def _rank(row: Row) -> tuple[float, int, str]:
    return -row.total.cost_usd, -row.total.total_tokens, row.total.group
