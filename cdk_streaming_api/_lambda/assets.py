"""Package the bundled Lambda sources as assets that hash the same wherever they are installed."""

from __future__ import annotations

from importlib.resources import files

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

# pip byte-compiles what it installs; without this every install would be a new asset and a new deployment
_NOT_SOURCE = ["__pycache__/", "*.py[co]", ".DS_Store"]


def function_code(package: str, compile_for: lambda_.Runtime | None = None) -> lambda_.Code:
    """Return the code of one bundled function: the folder ``package`` and nothing beside it.

    :param package: name of a package in ``lambda_src``; its handler is ``<package>.handler.handler``.
    :param compile_for: a runtime to add bytecode for. Default: - sources alone
    """
    return _code("", ["/*", f"!/{package}/", *_NOT_SOURCE], compile_for, package, "/var/task")


def layer_code(compile_for: lambda_.Runtime | None = None) -> lambda_.Code:
    """Return the content of the layer that lets a Python function stream.

    :param compile_for: a runtime to add bytecode for. Default: - sources alone
    """
    return _code("layer", _NOT_SOURCE, compile_for, "python", "/opt")


def _code(
    root: str, exclude: list[str], compile_for: lambda_.Runtime | None, folder: str, deployed: str
) -> lambda_.Code:
    source = str(files("cdk_streaming_api.lambda_src").joinpath(root))
    bundling = None
    if compile_for:
        from .bytecode import bytecode  # most apps need no bundling

        bundling = bytecode(source, compile_for, folder=folder, deployed=deployed)
    # only the Git syntax anchors a pattern at the root and re-includes a folder
    return lambda_.Code.from_asset(source, exclude=exclude, ignore_mode=IgnoreMode.GIT, bundling=bundling)
