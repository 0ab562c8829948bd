"""Figures to ``bench/out/store.json``."""

from __future__ import annotations

from collections.abc import Mapping

#: p50 and p95.
Pair = tuple[float, float]
#: At most so many times as long with a store as without one, and so many seconds behind.
AT_MOST, BEHIND = 1.05, 0.5
RANKS = ("p50", "p95")
RUNS = {"without a store": "without", "without, again": "again", "with a store": "with"}


def document(
    times: Mapping[str, Mapping[str, Pair]],
    lags: Mapping[str, Mapping[str, float]],
    machine: Mapping[str, object],
) -> dict[str, object]:
    """Return machine, rows and targets.

    :param times: "with", "without", and "again" without -> name of a time -> milliseconds
    :param lags: table -> measures of its writers and readers
    """
    rows: list[dict[str, object]] = [
        {
            "name": name,
            **{
                f"{each}, {rank}": round(value, 2)
                for each, run in RUNS.items()
                if run in times
                for rank, value in zip(RANKS, times[run][name], strict=True)
            },
        }
        for name in times["with"]
    ]
    first = next(iter(lags.values()))
    rows += [{"name": name, **{table: round(lags[table][name], 3) for table in lags}} for name in first]
    targets = [
        _target(f"{name}, {rank}: with a store / without", after / before, AT_MOST)
        for name in times["with"]
        for rank, before, after in zip(RANKS, times["without"][name], times["with"][name], strict=True)
    ]
    targets += [_target(f"behind p95, s: {table}", lags[table]["behind p95, s"], BEHIND) for table in lags]
    return {"machine": machine, "rows": rows, "targets": targets}


def _target(name: str, value: float, target: float) -> dict[str, object]:
    return {"name": name, "value": round(value, 3), "target": target, "met": value <= target}
