"""Parse templates in YAML, with CloudFormation's short forms. Needs PyYAML, which the constructs do not.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from .lenient_json import Json

#: Short forms that are not ``Fn::`` and their name.
_NAMES = {"Ref": "Ref", "Condition": "Condition"}
#: Plain texts stay texts where YAML 1.1 would make a date of them, as in ``Version: 2012-10-17``, or refuse
#: them, as a lone ``=``.
_TEXTS = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value")


def parse(content: str) -> Json:
    """Return the value of a text in YAML; keys are texts.

    :param content: of the file
    :raises ValueError: when it is not YAML, or PyYAML is not installed
    """
    try:
        import yaml  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise ValueError("not JSON, and a template in YAML needs PyYAML; run: pip install pyyaml") from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Knows CloudFormation's tags, and makes nothing that JSON could not hold."""

        yaml_implicit_resolvers = {  # noqa: RUF012 - how PyYAML is told
            first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TEXTS]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_object(self, node: yaml.Node, deep: bool = False) -> Json:
            """Return the value of a node; a key is a text as it is written, such as ``200`` or ``on``."""
            if isinstance(node, yaml.ScalarNode) and getattr(node, "is_key", False):
                return node.value
            return super().construct_object(node, deep=deep)

        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            """Merge what ``<<`` names; a key that is there already is not added a second time."""
            super().flatten_mapping(node)
            seen: dict[object, tuple[yaml.Node, yaml.Node]] = {}
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    key.is_key = True
                    seen[key.value] = (key, value)
                else:
                    seen[id(key)] = (key, value)
            node.value = list(seen.values())

    def short_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Json:
        if isinstance(node, yaml.ScalarNode):
            argument: Json = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            argument = loader.construct_sequence(node, deep=True)
        else:
            assert isinstance(node, yaml.MappingNode)
            argument = loader.construct_mapping(node, deep=True)
        if tag == "GetAtt" and isinstance(argument, str):
            argument = argument.split(".", 1)
        return {_NAMES.get(tag, f"Fn::{tag}"): argument}

    Loader.add_multi_constructor("!", short_form)
    try:
        parsed: Json = yaml.load(content, Loader)  # noqa: S506 - a loader that makes nothing but JSON
    except (yaml.YAMLError, ArithmeticError, LookupError, ValueError) as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from None
    return parsed
