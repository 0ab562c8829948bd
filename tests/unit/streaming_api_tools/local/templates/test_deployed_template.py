"""The template of a deployed stack, as the API of CloudFormation gives it."""

from __future__ import annotations

import pytest

from streaming_api_tools.local.templates.cloud_assembly import SourceError
from streaming_api_tools.local.templates.deployed_stack import _template


@pytest.mark.parametrize(
    "body",
    [{"Resources": {"A": {"Ref": "B"}}}, '{"Resources": {"A": {"Ref": "B"}}}', "Resources: {A: !Ref B}"],
)
def test_deployed_template_is_read_in_json_and_in_yaml(body: object) -> None:
    assert _template(body, "S") == {"Resources": {"A": {"Ref": "B"}}}


@pytest.mark.parametrize("body", ["[]", "a: [", [], "a: &a [*a]"])
def test_deployed_template_that_cannot_be_read_is_named(body: object) -> None:
    with pytest.raises(SourceError, match=r"the template of stack S is not"):
        _template(body, "S")
