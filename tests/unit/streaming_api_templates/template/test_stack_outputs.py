"""Give one stack what the other stacks of its app put out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from streaming_api_templates.template.lenient_json import Json
from streaming_api_templates.template.resolve import Resolver
from streaming_api_templates.template.template import App, StackOutputs, Template
from streaming_api_templates.template.unsupported import UnsupportedError


def app(*templates: Template) -> App:
    """Return an app of these templates."""

    def resolver(template: Template, given: Mapping[str, Json], outputs: StackOutputs) -> Resolver:
        return Resolver(template.content, given=given, outputs=outputs)

    return App(templates, resolver)


def nesting(name: str) -> Template:
    """Return a stack with two nested stacks, to which it gives its name."""
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": {"Outer": name}}}
    return Template(name, {"Resources": {"One": stack, "Two": stack}}, stack=name)


def nested(parent: Template, logical_id: str) -> Template:
    """Return a nested stack that puts out what its parent gave it, and its own id."""
    value = {"Fn::Sub": f"${{Outer}} {logical_id}"}
    content = {"Parameters": {"Outer": {"Type": "String"}}, "Outputs": {"Name": {"Value": value}}}
    return Template(f"{parent.name}-{logical_id}", content, (parent, logical_id))


def test_stack_outputs_of_a_nested_stack_are_those_of_its_parent_and_id() -> None:
    parents = nesting("first"), nesting("second")
    found = app(*parents, *(nested(parent, each) for parent in parents for each in ("One", "Two")))
    for parent in parents:
        for each in ("One", "Two"):
            assert found.nested(parent, each, "Name") == f"{parent.name} {each}"
            assert StackOutputs(found, parent).nested(each, "Name") == f"{parent.name} {each}"
    with pytest.raises(KeyError):
        found.nested(parents[0], "Three", "Name")
    with pytest.raises(KeyError):
        found.nested(parents[0], "One", "Other")


def test_stack_outputs_of_a_stack_and_of_an_export_are_found_by_their_names() -> None:
    output = {"Value": "there", "Export": {"Name": "shared"}}
    other = Template("other", {"Outputs": {"Plain": {"Value": "here"}}}, stack="other")
    found = app(other, Template("one", {"Outputs": {"Where": output}}, stack="one"))
    assert (found.output("one", "Where"), found.exported("shared")) == ("there", "there")
    assert found.output("other", "Plain") == "here"
    with pytest.raises(KeyError):
        found.output("", "Where")
    with pytest.raises(KeyError):
        found.exported("Where")


def test_stack_outputs_that_follow_each_other_in_a_circle_are_not_known() -> None:
    value = {"Fn::ImportValue": "again"}
    circle = Template("0", {"Outputs": {"A": {"Value": value, "Export": {"Name": "again"}}}}, stack="s")
    with pytest.raises(UnsupportedError, match="again"):
        app(circle).output("s", "A")
