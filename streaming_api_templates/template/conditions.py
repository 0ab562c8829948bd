"""The conditions of templates: which combinations of them the rules look at.

A condition rests on comparisons that are decided at deployment. Every combination of these that can occur is
looked at, so that what is wrong in production only is found at synth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product

from .lenient_json import Json, items, mapping, text

#: With more comparisons than this the combinations are sampled: all, none, and each one turned.
MAX_EXHAUSTIVE = 4

#: The outcome of each comparison, by :func:`_key`.
Outcome = Mapping[str, bool]


class Conditions:
    """The section ``Conditions`` of one template.

    :param section: name -> condition
    """

    def __init__(self, section: Mapping[str, Json]) -> None:
        self._section = section

    def comparisons(self) -> Iterator[str]:
        """Yield what is decided at deployment, in the order of the section."""
        for condition in self._section.values():
            yield from _comparisons(condition)

    def holds(self, name: str, outcome: Outcome) -> bool:
        """Say whether the condition holds; one that does not exist holds.

        :param name: name of the condition
        :param outcome: of the comparisons
        """
        return name not in self._section or self._holds(self._section[name], outcome, (name,))

    def _holds(self, condition: Json, outcome: Outcome, seen: tuple[str, ...]) -> bool:
        for function, argument in mapping(condition).items():
            parts = [self._holds(part, outcome, seen) for part in items(argument) if isinstance(part, dict)]
            if function == "Condition":
                name = text(argument)
                return name in seen or self._holds(self._section.get(name), outcome, (*seen, name))
            if function == "Fn::Not":
                return not all(parts)
            if function == "Fn::And":
                return all(parts)
            if function == "Fn::Or":
                return any(parts)
            if function == "Fn::Equals":
                left, right = [*items(argument), None, None][:2]
                return left == right or outcome.get(_key(argument), False)
        return True


def outcomes(conditions: list[Conditions]) -> list[Outcome]:
    """Return the combinations to look at, at least one.

    :param conditions: of every template
    """
    keys = list(dict.fromkeys(key for each in conditions for key in each.comparisons()))
    if len(keys) <= MAX_EXHAUSTIVE:
        rows = [list(row) for row in product((True, False), repeat=len(keys))]
    else:
        rows = [[True] * len(keys), [False] * len(keys)]
        rows += [
            [(index == at) == turned for index in range(len(keys))]
            for turned in (True, False)
            for at in range(len(keys))
        ]
    found = [dict(zip(keys, row, strict=True)) for row in rows]
    return [outcome for outcome in found if _possible(outcome)] or [{}]


def _comparisons(condition: Json) -> Iterator[str]:
    for function, argument in mapping(condition).items():
        if function == "Fn::Equals":
            left, right = [*items(argument), None, None][:2]
            if isinstance(left, dict) or isinstance(right, dict):
                yield _key(argument)
        else:
            for part in items(argument):
                yield from _comparisons(part)


def _possible(outcome: Outcome) -> bool:
    """Say whether no parameter equals two texts at once."""
    held = [json.loads(key) for key, value in outcome.items() if value]
    subjects = [json.dumps(left) for left, right in held if isinstance(right, str)]
    return len(subjects) == len(set(subjects))


def _key(argument: Json) -> str:
    """Return a name for a comparison: the same for the same, with a literal on the right."""
    left, right = [*items(argument), None, None][:2]
    if isinstance(left, str):
        left, right = right, left
    return json.dumps([left, right], sort_keys=True)
