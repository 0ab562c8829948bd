"""Evaluate the markers of requirements for another environment than the one that runs.

pip evaluates them for the Python that runs it, whatever ``--python-version`` and ``--platform`` say, so that
packages of the function would be left out. The grammar:
https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

_ORDER: dict[type[ast.cmpop], Callable[..., bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
#: variables whose values are versions, which "3.9" < "3.10" is true of
_VERSIONS = {"python_version", "python_full_version", "implementation_version"}


def applies(marker: str, environment: Mapping[str, str]) -> bool:
    """Return whether a marker is true.

    :param environment: value of each variable, but ``extra``, which is empty
    :raises ValueError: for what is no marker, or has an operator that locks do not use

    >>> applies("python_version >= '3.10' and sys_platform != 'win32'", {
    ...     "python_version": "3.14", "sys_platform": "linux"})
    True
    """
    try:
        return _truth(ast.parse(marker.strip(), mode="eval").body, {"extra": "", **environment})
    except (KeyError, SyntaxError, TypeError):
        raise ValueError(f"marker is not one that can be evaluated: {marker}") from None


def _truth(node: ast.expr, environment: Mapping[str, str]) -> bool:
    if isinstance(node, ast.BoolOp):
        combine = all if isinstance(node.op, ast.And) else any
        return combine([_truth(each, environment) for each in node.values])
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        raise TypeError
    (compared,) = node.ops
    left, right = (_value(each, environment) for each in (node.left, node.comparators[0]))
    if isinstance(compared, ast.In | ast.NotIn):
        return (left in right) is isinstance(compared, ast.In)
    names = {each.id for each in (node.left, node.comparators[0]) if isinstance(each, ast.Name)}
    if names & _VERSIONS:
        return _compare_versions(left, right, compared)
    return _ORDER[type(compared)](left, right)


def _compare_versions(left: str, right: str, compared: ast.cmpop) -> bool:
    """Compare as versions; ``==`` and ``!=`` may have a version that ends with ``.*``."""
    if right.endswith(".*") and isinstance(compared, ast.Eq | ast.NotEq):
        prefix = _version(right[:-2])
        return (_version(left)[: len(prefix)] == prefix) is isinstance(compared, ast.Eq)
    one, other = _version(left), _version(right)
    length = max(len(one), len(other))
    filled = [each + (0,) * (length - len(each)) for each in (one, other)]
    return _ORDER[type(compared)](*filled)


def _version(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", text):
        raise TypeError
    return tuple(map(int, text.split(".")))


def _value(node: ast.expr, environment: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return environment[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise TypeError
