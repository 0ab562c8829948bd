"""Write the reference of a package from its sources, without Node or the CDK.

Docstrings are read as they are written here: a summary, text, literal blocks after ``::``, and fields.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from copy import copy
from pathlib import Path

Definition = ast.ClassDef | ast.FunctionDef
FIELD = re.compile(r"^:(param|raises|return|returns)(?: ([\w, ]+))?:\s*", re.MULTILINE)
#: A literal block, or an interactive session.
BLOCK = re.compile(r"::\n\n(?P<code>(?: {4}.*\n|\n)+)|^(?P<doctest>>>> (?:.+\n)+)", re.MULTILINE)
WIDTH = 88
ROLE = re.compile(r":\w+:`~?([^`]+)`")


def reference(package: Path, title: str, intro: str) -> str:
    """Return the page of every public name of a package, in the order of ``__all__``."""
    tree = _parse(package, "__init__")
    modules = _imports(tree)
    parts = [f"# {title}", intro]
    for name in _exported(tree):
        module = _parse(package, modules[name])
        # of overloads, the last one has the docstring
        definition = _defined(module, name)[-1]
        described = (
            _class(name, definition, methods(package, module, definition))
            if isinstance(definition, ast.ClassDef)
            else _function(name, definition)
        )
        parts += [f"## {name}", *described]
    return "\n\n".join(part for part in parts if part) + "\n"


def methods(package: Path, module: ast.Module, definition: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """Return the methods of a class, also those of bases that the package defines."""
    found: dict[str, ast.FunctionDef] = {}
    imports = _imports(module)
    for base in map(ast.unparse, definition.bases):
        where = _parse(package, imports[base]) if base in imports else module
        for parent in _defined(where, base):
            if isinstance(parent, ast.ClassDef):
                found |= methods(package, where, parent)
    return found | {node.name: node for node in definition.body if isinstance(node, ast.FunctionDef)}


def _parse(package: Path, module: str) -> ast.Module:
    return ast.parse((package / f"{module}.py").read_text("utf-8"))


def _imports(module: ast.Module) -> dict[str, str]:
    """Return the names that come from other modules of the package, and the modules."""
    return {
        alias.name: node.module
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module
        for alias in node.names
    }


def _defined(module: ast.Module, name: str) -> list[Definition]:
    return [node for node in module.body if isinstance(node, Definition) and node.name == name]


def _exported(tree: ast.Module) -> list[str]:
    (names,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    return [str(name) for name in ast.literal_eval(names)]


def _class(name: str, definition: ast.ClassDef, methods: dict[str, ast.FunctionDef]) -> Iterator[str]:
    constructor = methods.get("__init__") or methods.get("__new__")
    if constructor:
        yield _signature(name, constructor)
    yield markdown(ast.get_docstring(definition) or "")
    if constructor:
        yield markdown(ast.get_docstring(constructor) or "")
    yield _members(definition)
    for method, node in methods.items():
        if method.startswith("_"):
            continue
        yield f"### {name}.{method}"
        if "property" in map(ast.unparse, node.decorator_list):
            yield markdown(ast.get_docstring(node) or "")
        else:
            yield from _function(f"{name}.{method}", node)


def _function(name: str, node: ast.FunctionDef) -> Iterator[str]:
    yield _signature(name, node)
    yield markdown(ast.get_docstring(node) or "")


def _members(definition: ast.ClassDef) -> str:
    """Return the values of an enumeration, with the comments of ``#:`` left to the sources."""
    if not any("Enum" in ast.unparse(base) for base in definition.bases):
        return ""
    names = [ast.unparse(node.targets[0]) for node in definition.body if isinstance(node, ast.Assign)]
    return ", ".join(f"`{name}`" for name in names)


def _signature(name: str, node: ast.FunctionDef) -> str:
    arguments = copy(node.args)
    if arguments.args and arguments.args[0].arg in ("self", "cls"):
        arguments.args = arguments.args[1:]
    text = f"{name}({ast.unparse(arguments)})"
    if len(text) > WIDTH:
        text = f"{name}(\n" + "".join(f"    {each},\n" for each in _split(arguments)) + ")"
    return f"```text\n{text}\n```"


def _split(arguments: ast.arguments) -> Iterator[str]:
    """Yield the arguments one by one, each with its type and its default."""
    depth, part = 0, ""
    for character in ast.unparse(arguments) + ",":
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            # ast leaves out the spaces of PEP 8
            yield re.sub(r"^(\w+: [^=]+)=", r"\1 = ", part.strip())
            part = ""
        else:
            part += character


def markdown(docstring: str) -> str:
    r"""Return a docstring as Markdown: literal blocks as code, and the fields as a list.

    >>> markdown("Say ``n``.\n\n:param n: how often,\n    at least 1")
    'Say `n`.\n\n* `n`: how often, at least 1'
    """
    first = FIELD.search(docstring)
    text, fields = (docstring[: first.start()], docstring[first.start() :]) if first else (docstring, "")
    parts = [_text(text.strip())]
    if items := list(_fields(fields)):
        parts.append("\n".join(items))
    return "\n\n".join(part for part in parts if part)


def _text(text: str) -> str:
    parts, at = [], 0
    for block in BLOCK.finditer(f"{text}\n"):
        before = _inline(text[at : block.start()])
        parts += [f"{before}:" if block["code"] else before]
        parts += [f"```python\n{textwrap.dedent(block['code'] or block['doctest']).strip()}\n```"]
        at = block.end()
    parts.append(_inline(text[at:]))
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _inline(text: str) -> str:
    return ROLE.sub(r"`\1`", text).replace("``", "`").rstrip()


def _fields(text: str) -> Iterator[str]:
    found = list(FIELD.finditer(text))
    ends = [field.start() for field in found[1:]] + [len(text)]
    for field, end in zip(found, ends, strict=False):
        said = text[field.end() : end]
        said = _inline(" ".join(said.split()))
        kind = {"param": f"`{field[2]}`", "raises": f"raises `{field[2]}`"}.get(field[1], "returns")
        yield f"* {kind}: {said}"
