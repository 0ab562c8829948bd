"""Decide the conditions of templates, and list the combinations of them that the rules look at.

A condition rests on comparisons that are decided at deployment. Every combination of these that can occur is
looked at, so that what is wrong in production only is found at synth.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import product

from .lenient_json import Json, items, mapping, pair, text

#: With more comparisons than this the combinations are sampled: all, none, and each one turned.
MAX_EXHAUSTIVE = 4

#: The outcome of each comparison, by :func:`_key`.
Outcome = Mapping[str, bool]


class Conditions:
    """The section ``Conditions`` of one template.

    :param section: name -> condition
    :param equals: decides a comparison by the argument of its ``Fn::Equals``
    """

    def __init__(self, section: Json, equals: Callable[[Json], bool]) -> None:
        self._section: Mapping[str, Json] = section if isinstance(section, dict) else {}
        self._equals = equals
        self._known: dict[str, bool] = {}

    def holds(self, name: str) -> bool:
        """Tell whether a condition holds.

        :raises KeyError: when there is no such condition, or it is a circle
        """
        return self._named(name, ())

    def _named(self, name: str, seen: tuple[str, ...]) -> bool:
        if name in seen:
            raise KeyError(name)
        if name not in self._known:
            self._known[name] = self._holds(self._section[name], (*seen, name))
        return self._known[name]

    def _holds(self, condition: Json, seen: tuple[str, ...]) -> bool:
        for function, argument in mapping(condition).items():
            if function == "Condition":
                return self._named(text(argument), seen)
            if function == "Fn::Equals":
                return self._equals(argument)
            parts = [self._holds(part, seen) for part in items(argument)]
            if function == "Fn::Not":
                return not all(parts)
            if function == "Fn::And":
                return all(parts)
            if function == "Fn::Or":
                return any(parts)
        return condition is True


def decided(outcome: Outcome) -> Callable[[Json], bool]:
    """Return a function that decides a comparison as an outcome has it."""

    def equals(argument: Json) -> bool:
        left, right = pair(argument)
        return left == right or outcome.get(_key(argument), False)

    return equals


def outcomes(sections: list[Json]) -> list[Outcome]:
    """Return the combinations to look at, at least one.

    :param sections: ``Conditions`` of every template
    """
    conditions = [
        condition for section in sections if isinstance(section, dict) for condition in section.values()
    ]
    keys = list(dict.fromkeys(key for each in conditions for key in _comparisons(each)))
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
    """Yield what is decided at deployment, in the order of the section."""
    for function, argument in mapping(condition).items():
        if function == "Fn::Equals":
            left, right = pair(argument)
            if isinstance(left, dict) or isinstance(right, dict):
                yield _key(argument)
        else:
            for part in items(argument):
                yield from _comparisons(part)


def _possible(outcome: Outcome) -> bool:
    """Tell whether no parameter equals two texts at once."""
    held = [json.loads(key) for key, value in outcome.items() if value]
    subjects = [json.dumps(left) for left, right in held if isinstance(right, str)]
    return len(subjects) == len(set(subjects))


def _key(argument: Json) -> str:
    """Return a name for a comparison: the same for the same, with a literal on the right."""
    left, right = pair(argument)
    if isinstance(left, str):
        left, right = right, left
    return json.dumps([left, right], sort_keys=True)
