"""Templates in YAML, with CloudFormation's short forms. Needs PyYAML, which the constructs do not.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from .lenient_json import Json

#: Short forms that are not ``Fn::`` and their name.
_NAMES = {"Ref": "Ref", "Condition": "Condition"}


def parse(content: str) -> Json:
    """Return the template; numbers and booleans stay text, which CloudFormation takes for them.

    :param content: of the file
    :raises ValueError: when it is not YAML, or PyYAML is not there to tell
    """
    try:
        import yaml  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise ValueError("a template in YAML needs PyYAML; run: pip install pyyaml") from None

    class Loader(yaml.BaseLoader):  # type: ignore[misc]
        """The basic loader with a constructor of its own for tags."""

    def short_form(loader: yaml.BaseLoader, tag: str, node: yaml.Node) -> Json:
        if isinstance(node, yaml.ScalarNode):
            argument: Json = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            argument = loader.construct_sequence(node, deep=True)
        else:
            assert isinstance(node, yaml.MappingNode)
            argument = loader.construct_mapping(node, deep=True)
        return {_NAMES.get(tag, f"Fn::{tag}"): argument}

    Loader.add_multi_constructor("!", short_form)
    try:
        parsed: Json = yaml.load(content, Loader)  # noqa: S506 - a loader that makes nothing but texts
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from None
    return parsed
