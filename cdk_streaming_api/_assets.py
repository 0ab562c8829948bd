"""The Lambda sources that ship with this package, as assets that hash the same wherever it is installed."""

from __future__ import annotations

from importlib.resources import files

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

# pip byte-compiles what it installs; without this every install would be a new asset and a new deployment
_NOT_SOURCE = ["__pycache__/", "*.py[co]", ".DS_Store"]


def function_code(package: str) -> lambda_.Code:
    """Return the code of one bundled function: the folder ``package`` and nothing beside it.

    :param package: name of a package in ``lambda_src``; its handler is ``<package>.handler.handler``.
    """
    return _code("", ["/*", f"!/{package}/", *_NOT_SOURCE])


def layer_code() -> lambda_.Code:
    """Return the content of the layer that lets a Python function stream."""
    return _code("layer", _NOT_SOURCE)


def _code(folder: str, exclude: list[str]) -> lambda_.Code:
    root = files(f"{__package__}.lambda_src").joinpath(folder)
    # only the Git syntax anchors a pattern at the root and re-includes a folder
    return lambda_.Code.from_asset(str(root), exclude=exclude, ignore_mode=IgnoreMode.GIT)
