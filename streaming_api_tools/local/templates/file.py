"""Template files: JSON, or YAML with CloudFormation's short forms of intrinsic functions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...json_text import parse_json
from .intrinsics import Json


class TemplateFileError(ValueError):
    """A file has no template in it; says why."""


def read_template(file: Path) -> Mapping[str, Json]:
    """Return the content of a file.

    :raises TemplateFileError: when it cannot be read, or is not an object
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateFileError(f"{file} is not a template: {error}") from error
    try:
        content = parse_json(text)
    except ValueError as error:
        if file.suffix == ".json":
            raise TemplateFileError(f"{file} is not a template in JSON: {error}") from error
        content = _parse_yaml(file, text)
    if not isinstance(content, dict):
        raise TemplateFileError(f"{file} is not a template: it must be an object")
    return content


def _parse_yaml(file: Path, text: str) -> Json:
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError as error:
        raise TemplateFileError(f"{file} needs the package pyyaml: pip install pyyaml") from error

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Knows the tags of CloudFormation; dates stay texts, as ``Version: 2012-10-17`` must."""

        yaml_implicit_resolvers = {  # noqa: RUF012 - how PyYAML is told
            first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    def intrinsic(loader: Loader, tag: str, node: yaml.Node) -> Json:
        name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
        if isinstance(node, yaml.MappingNode):
            return {name: loader.construct_mapping(node, deep=True)}
        if isinstance(node, yaml.SequenceNode):
            return {name: loader.construct_sequence(node, deep=True)}
        assert isinstance(node, yaml.ScalarNode)
        value = loader.construct_scalar(node)
        return {name: str(value).split(".", 1) if tag == "GetAtt" else value}

    Loader.add_multi_constructor("!", intrinsic)
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise TemplateFileError(f"{file} is not YAML: {' '.join(str(error).split())}") from error
