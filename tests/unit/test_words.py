"""Hold the first line of every docstring to a verb and its object."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    "cdk_streaming_api",
    "lambda_src",
    "streaming_api_templates",
    "streaming_api_tools",
    "scripts",
    "stacks",
)
#: words that begin a clause in place of the verb
CLAUSES = {"what", "which", "where", "how", "whether", "who", "whose", "when", "why", "that", "whatever"}
#: words that begin a noun: a class or a property may have one, a module or a function does something
NOUNS = {
    "a",
    "an",
    "the",
    "all",
    "every",
    "each",
    "everything",
    "nothing",
    "one",
    "two",
    "it",
    "its",
    "these",
}


def is_noun(node: ast.AST) -> bool:
    """Tell whether a definition is a thing: a class or a property."""
    decorators = getattr(node, "decorator_list", [])
    return isinstance(node, ast.ClassDef) or any("property" in ast.unparse(each) for each in decorators)


def first_words(path: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield the place, the first word and whether it is a thing, of every docstring of a module."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, documented)]
    for node in nodes:
        if words := (ast.get_docstring(node) or "").split():
            place = f"{getattr(node, 'name', 'module')}: {' '.join(words[:8])}"
            yield place, words[0].lower(), is_noun(node)


@pytest.mark.parametrize("folder", FOLDERS)
def test_words_docstrings_begin_with_a_verb(folder: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {place}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for place, word, noun in first_words(path)
        if word in CLAUSES or (word in NOUNS and not noun)
    ]
    assert not wrong, "\n".join(wrong)
