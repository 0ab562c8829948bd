"""The one idea of the layout: a top-level folder per place where code runs, and no imports between them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GROUNDS = {"cdk_streaming_api", "lambda_src", "streaming_api_templates", "streaming_api_tools"}
PROJECT = {*GROUNDS, "stacks", "app"}
SYNTH = {"aws_cdk", "constructs", "jsii", "cdk_nag", "cloudformation_validate"}
ALLOWED = {
    # yaml: only in the loader, for templates in YAML
    "streaming_api_templates": {"streaming_api_templates", "yaml"},
    "cdk_streaming_api": {"cdk_streaming_api", "streaming_api_templates", *SYNTH},
    "stacks": {"stacks", "cdk_streaming_api", *SYNTH},
    "lambda_src": {
        "chat",
        "probe",
        "authorizer",
        "lambda_streaming",
        "awslambdaric",
        "boto3",
        "botocore",
        "urllib3",
    },
    # pytest: only in pytest_plugin, which nobody but pytest imports; yaml: only for templates in YAML
    "streaming_api_tools": {
        "pytest",
        "yaml",
        "streaming_api_templates",
        "streaming_api_tools",
        "click",
        "aiohttp",
        "rich",
        "boto3",
        "botocore",
        "h11",
        "h2",
        "jsonschema",
        "referencing",
        # the same module: in the standard library since 3.11
        "tomli",
        "tomllib",
        "yarl",
    },
}


def imported_names(path: Path) -> Iterator[str]:
    """Yield the top-level name of every absolute import of a module, wherever it stands in the module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_folder_imports_only_what_runs_where_it_runs(folder: str) -> None:
    modules = list((ROOT / folder).rglob("*.py"))
    assert modules
    strangers = {
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules
        for name in imported_names(module)
        if name not in ALLOWED[folder] and name not in sys.stdlib_module_names
    }
    assert strangers == set()


def test_no_folder_may_import_another_but_stacks_the_library() -> None:
    crossings = {
        (folder, name) for folder, names in ALLOWED.items() for name in names & PROJECT if name != folder
    }
    assert crossings == {
        ("stacks", "cdk_streaming_api"),
        ("cdk_streaming_api", "streaming_api_templates"),
        ("streaming_api_tools", "streaming_api_templates"),
    }
