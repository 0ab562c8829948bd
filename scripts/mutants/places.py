"""Find the places of a module that can be changed in a small way, with their exact span in the text."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

COMPARISONS = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
}
BOOLEANS = {"and": "or", "or": "and", "True": "False", "False": "True"}
OPERATORS = ("comparison", "boolean", "integer", "return")
_WORDS = {word for each in COMPARISONS for word in each.split()} | {"and", "or"}
_LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


class Place(NamedTuple):
    """A place in a module and what stands there instead.

    :param operator: one of ``OPERATORS``
    :param start: offset of the first character
    :param end: offset behind the last one
    :param after: the text that takes its place
    """

    operator: str
    start: int
    end: int
    after: str


def places(text: str) -> list[Place]:
    """Return every place of a module that can be changed, in the order of the text."""
    finder = _Finder(text)
    finder.visit(ast.parse(text))
    return sorted(finder.found)


class _Finder(ast.NodeVisitor):
    """Collect places, and leave out what no test of behaviour could tell: types, texts and what is never run.

    Before Python 3.12 the nodes inside an f-string have wrong positions, so that f-strings are left out too.
    """

    def __init__(self, text: str) -> None:
        self.found: list[Place] = []
        self._text = text
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        self._words = [
            (self._starts[each.start[0] - 1] + each.start[1], each.string)
            for each in tokens
            if each.type in (tokenize.OP, tokenize.NAME) and each.string in _WORDS
        ]

    def _add(self, operator: str, start: int, end: int, after: str) -> None:
        self.found.append(Place(operator, start, end, after))

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        """Return the offset of a position of the syntax tree, whose columns count bytes of UTF-8."""
        before = self._lines[line - 1].encode("utf-8")[:column]
        return self._starts[line - 1] + len(before.decode("utf-8"))

    def _between(self, left: ast.expr, right: ast.expr) -> tuple[int, int]:
        """Return the span of the operator between two operands."""
        begin, end = self._span(left)[1], self._span(right)[0]
        words = [(start, word) for start, word in self._words if begin <= start < end]
        last, word = words[-1]
        return words[0][0], last + len(word)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Collect each comparison of a chain."""
        for left, right in pairwise([node.left, *node.comparators]):
            start, end = self._between(left, right)
            self._add("comparison", start, end, COMPARISONS[" ".join(self._text[start:end].split())])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Collect each ``and`` or ``or`` of a chain."""
        for left, right in pairwise(node.values):
            start, end = self._between(left, right)
            self._add("boolean", start, end, BOOLEANS[self._text[start:end]])
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Collect ``not``."""
        if isinstance(node.op, ast.Not):
            start, _ = self._span(node)
            blank = re.compile(r"not\s*").match(self._text, start)
            assert blank
            self._add("boolean", start, blank.end(), "")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Collect truth values and integers."""
        start, end = self._span(node)
        if isinstance(node.value, bool):
            self._add("boolean", start, end, BOOLEANS[self._text[start:end]])
        elif isinstance(node.value, int):
            self._add("integer", start, end, str(node.value + 1))
            if node.value:
                self._add("integer", start, end, str(node.value - 1))

    def visit_Return(self, node: ast.Return) -> None:
        """Collect the return of a value; that of a truth value is collected as such."""
        constant = isinstance(node.value, ast.Constant) and node.value.value in (None, True, False)
        if node.value and not constant:
            self._add("return", *self._span(node), "return None")
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave an f-string out."""

    def visit_arg(self, node: ast.arg) -> None:
        """Leave the annotation of an argument out."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Leave an annotation out."""
        if node.value:
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Leave the values of a type out."""
        if not (isinstance(node.value, ast.Name) and node.value.id == "Literal"):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Leave out what only type checkers and importers read."""
        names = {each.id for each in node.targets if isinstance(each, ast.Name)}
        if not names & {"TYPE_CHECKING", "__all__"}:
            self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """Leave out what only type checkers read and what no import runs."""
        test = ast.unparse(node.test)
        if test.endswith("TYPE_CHECKING") or "__name__" in test:
            for each in node.orelse:
                self.visit(each)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Leave out what is written to a log."""
        if not _is_log(node.func):
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Leave the type of the result and the decorators out."""
        for each in (node.args, *node.body):
            self.visit(each)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Leave the bases and the decorators out."""
        for each in node.body:
            self.visit(each)


def _is_log(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr not in _LOG_METHODS:
        return False
    return isinstance(called.value, ast.Name) and "log" in called.value.id.lower()


def changed(text: str, place: Place) -> str:
    """Return a module with one place changed."""
    return text[: place.start] + place.after + text[place.end :]


def line_of(text: str, place: Place) -> str:
    """Return the line on which a place begins, without its indentation."""
    begin = text.rfind("\n", 0, place.start) + 1
    return next(iter(text[begin:].splitlines()), "").strip()


def numbered(text: str) -> Iterator[tuple[Place, str, int]]:
    """Yield each place with its line, and its number among those that read alike."""
    seen: dict[tuple[str, str, str, str], int] = {}
    for place in places(text):
        line = line_of(text, place)
        alike = (line, place.operator, text[place.start : place.end], place.after)
        seen[alike] = seen.get(alike, -1) + 1
        yield place, line, seen[alike]
