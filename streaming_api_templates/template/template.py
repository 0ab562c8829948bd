"""CloudFormation templates and their resources, as the rules see them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .lenient_json import Json, items, mapping, text

#: The API that SAM makes for events that name none.
IMPLICIT_API = "ServerlessRestApi"


@dataclass(frozen=True)
class Template:
    """One template of an app.

    :param name: how reports call it: its path, relative to what was asked for
    :param content: the parsed template
    :param parent: for a nested stack the template and the logical id that create it. Default: - none
    :param stack: name of the stack. Default: - not known
    :param given: the properties that constructs of the CDK were given, by logical id. The same id may be in
        several stacks, and what each was given is in the list. Default: - not known
    :param metadata: what the CDK noted about the constructs of the stack, by ``/construct/path``.
        Default: - not known
    """

    name: str
    content: Mapping[str, Json]
    parent: tuple[Template, str] | None = None
    stack: str = ""
    given: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    metadata: Mapping[str, Json] = field(default_factory=dict)

    @cached_property
    def resources(self) -> Mapping[str, Json]:
        """The section ``Resources``, with the API that SAM adds to it.

        https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function-not-httpapi.html
        """
        written = mapping(self.content.get("Resources"))
        if IMPLICIT_API in written or not any(map(_names_no_api, written.values())):
            return written
        return {**written, IMPLICIT_API: {"Type": "AWS::Serverless::Api"}}


@dataclass(frozen=True)
class Resource:
    """A resource, with its properties in plain text.

    :param template: where it is
    :param logical_id: its name there
    :param key: how a reference calls it, ``TEMPLATE#LOGICAL_ID``
    :param type: such as ``AWS::ApiGateway::Method``
    :param properties: resolved
    """

    template: Template
    logical_id: str
    key: str
    type: str
    properties: Mapping[str, Json]

    @property
    def depends_on(self) -> set[str]:
        """The logical ids in ``DependsOn``."""
        return {text(name) for name in items(self.as_written.get("DependsOn"))}

    @property
    def construct_path(self) -> str | None:
        """The path of the construct that it comes from, where the CDK wrote the template."""
        return text(mapping(self.as_written.get("Metadata")).get("aws:cdk:path")) or None

    @property
    def as_written(self) -> Mapping[str, Json]:
        """The resource with its intrinsic functions."""
        return mapping(self.template.resources.get(self.logical_id))


def _names_no_api(entry: Json) -> bool:
    """Say whether a resource is a SAM function with an event of an API that it does not name."""
    if mapping(entry).get("Type") != "AWS::Serverless::Function":
        return False
    events = map(mapping, mapping(mapping(mapping(entry).get("Properties")).get("Events")).values())
    return any(it.get("Type") == "Api" and "RestApiId" not in mapping(it.get("Properties")) for it in events)


def display(value: Json) -> str:
    """Return a value as a message shows it: references by logical id alone."""
    shown = value if isinstance(value, str) else str(value)
    return re.sub(r"\$\{\d+#", "${", shown).replace("${AWS.", "${AWS::")


def with_globals(template: Template, kind: str, properties: Json) -> Json:
    """Return the properties of a SAM resource with those that its template gives to all of its type.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
    """
    section = mapping(template.content.get("Globals")).get(kind.removeprefix("AWS::Serverless::"))
    return properties if section is None else _merged(section, properties)


def _merged(below: Json, above: Json) -> Json:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{name: _merged(below.get(name), value) for name, value in above.items()}}
    if isinstance(below, list) and isinstance(above, list):
        return [*below, *above]
    return below if above is None else above
