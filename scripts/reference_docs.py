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
from typing import NamedTuple

Definition = ast.ClassDef | ast.FunctionDef
FIELD = re.compile(r"^:(param|raises|return|returns)(?: ([\w, ]+))?:\s*", re.MULTILINE)
#: A literal block, or an interactive session.
BLOCK = re.compile(r"::\n\n(?P<code>(?: {4}.*\n|\n)+)|^(?P<doctest>>>> (?:.+\n)+)", re.MULTILINE)
WIDTH = 88
ROLE = re.compile(r":\w+:`~?([^`]+)`")


class Module(NamedTuple):
    """A module of the package, read and not imported."""

    package: Path
    path: Path
    tree: ast.Module

    @classmethod
    def read(cls, package: Path, path: Path) -> Module:
        """Parse a module."""
        return cls(package, path, ast.parse(path.read_text("utf-8")))

    def defining(self, name: str) -> Module:
        """Return the module that a name is imported from, or this one."""
        imports = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom)]
        for node in imports:
            names = [alias.asname or alias.name for alias in node.names]
            if node.level and node.module and name in names:
                folder = self.path.parents[node.level - 1]
                return Module.read(self.package, folder / f"{node.module.replace('.', '/')}.py")
        return self

    def own_name(self, name: str) -> str:
        """Return the name that an imported one has where it is defined."""
        aliases = {
            alias.asname or alias.name: alias.name
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        return aliases.get(name, name)

    def definitions(self, name: str) -> list[Definition]:
        """Return the classes and functions of a name; of overloads there are several."""
        return [node for node in self.tree.body if isinstance(node, Definition) and node.name == name]

    def value(self, name: str) -> ast.expr:
        """Return the value that is assigned to a name."""
        for node in self.tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if target is not None and ast.unparse(target) == name:
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                assert node.value is not None
                return node.value
        raise KeyError(f"{self.path} assigns nothing to {name}")


class Method(NamedTuple):
    """A function, and the module whose names it uses."""

    node: ast.FunctionDef
    module: Module


def reference(package: Path, title: str, intro: str) -> str:
    """Return the page of every public name of a package, in the order of ``__all__``."""
    init = Module.read(package, package / "__init__.py")
    parts = [f"# {title}", intro]
    for name in _exported(init):
        module = init.defining(name)
        # of overloads, the last one has the docstring
        definition = module.definitions(name)[-1]
        described = (
            _class(name, definition, methods(module, definition))
            if isinstance(definition, ast.ClassDef)
            else _function(name, Method(definition, module))
        )
        parts += [f"## {name}", *described]
    return "\n\n".join(part for part in parts if part) + "\n"


def methods(module: Module, definition: ast.ClassDef) -> dict[str, Method]:
    """Return the methods of a class, also those of bases that the package defines."""
    found: dict[str, Method] = {}
    for base in map(ast.unparse, definition.bases):
        where = module.defining(base)
        for parent in where.definitions(base):
            if isinstance(parent, ast.ClassDef):
                found |= methods(where, parent)
    own = (node for node in definition.body if isinstance(node, ast.FunctionDef))
    return found | {node.name: Method(node, module) for node in own}


def _exported(init: Module) -> list[str]:
    names = init.value("__all__")
    if isinstance(names, ast.Call):  # sorted(_MODULES)
        return sorted(ast.literal_eval(init.value(ast.unparse(names.args[0]))))
    return [str(name) for name in ast.literal_eval(names)]


def with_options(method: Method) -> ast.FunctionDef:
    """Return a function with the options that ``takes_options`` names: as arguments, and documented."""
    node, module = copy(method.node), method.module
    calls = [each for each in node.decorator_list if isinstance(each, ast.Call)]
    taken = [each for each in calls if ast.unparse(each.func) == "takes_options"]
    if not taken:
        return node
    (call,) = taken
    defaults = _defaults(module, ast.unparse(call.keywords[0].value))
    fields, documented = [], ""
    for name in map(ast.unparse, call.args):
        (options,) = module.defining(name).definitions(name)
        assert isinstance(options, ast.ClassDef)
        fields += [field for field in options.body if isinstance(field, ast.AnnAssign)]
        _, first, rest = (ast.get_docstring(options) or "").partition(":param")
        documented += f"\n{first}{rest}"
    arguments = copy(node.args)
    arguments.kwarg = None
    names = [ast.unparse(field.target) for field in fields]
    arguments.kwonlyargs = [
        *arguments.kwonlyargs,
        *(ast.arg(name, field.annotation) for name, field in zip(names, fields, strict=True)),
    ]
    arguments.kw_defaults = [
        *arguments.kw_defaults,
        *(defaults.get(name, ast.Constant(None)) for name in names),
    ]
    text, raises, reasons = (ast.get_docstring(node) or "").partition("\n:raises")
    node.args = arguments
    node.body = [ast.Expr(ast.Constant(text + documented + raises + reasons)), *node.body[1:]]
    return node


def _defaults(module: Module, name: str) -> dict[str, ast.expr]:
    """Return the defaults of options; a dictionary may have others in it."""
    where = module.defining(name)
    value = where.value(where.own_name(name) if where is module else module.own_name(name))
    assert isinstance(value, ast.Dict)
    found: dict[str, ast.expr] = {}
    for key, item in zip(value.keys, value.values, strict=True):
        if key is None:
            found |= _defaults(where, ast.unparse(item))
        else:
            found[str(ast.literal_eval(key))] = item
    return found


def _class(name: str, definition: ast.ClassDef, methods: dict[str, Method]) -> Iterator[str]:
    constructor = methods.get("__init__") or methods.get("__new__")
    if constructor:
        yield _signature(name, with_options(constructor))
    yield markdown(ast.get_docstring(definition) or "")
    if constructor:
        yield markdown(ast.get_docstring(with_options(constructor)) or "")
    yield _members(definition)
    for method, node in methods.items():
        if method.startswith("_"):
            continue
        yield f"### {name}.{method}"
        if "property" in map(ast.unparse, node.node.decorator_list):
            yield markdown(ast.get_docstring(node.node) or "")
        else:
            yield from _function(f"{name}.{method}", node)


def _function(name: str, method: Method) -> Iterator[str]:
    node = with_options(method)
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
