"""A list that is a token as a whole is passed on, or refused with a reason where its items are needed."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tests.synth.one_argument import BUILD
from tests.synth.test_shared_options import PUBLIC, VALUES

#: arguments to the reason for which a list of unknown items is refused, None where it is passed on
LISTS: Mapping[str, str | None] = {
    "allow_hosts": "must be known at synth: each is compared, and is in a text, got a token",
    "allow_origins": "allow_origins must be known at synth: it becomes a method for each path, got a token",
    "audience": "audience of authorizer 'Keys' must be known at synth: they are separated by blanks, got a",
    "authorization_scopes": None,
    "binary_media_types": "binary_media_types must be known at synth: each is checked, got a token",
    "caller_may_send": "caller_may_send must be known at synth: its paths are checked, got a token",
    "client_ids": "client_ids of authorizer 'Keys' must be known at synth: they are separated by blanks",
    "destination_regions": "destination_regions must be known at synth: each is in an ARN, got a token",
    "domain_names": "domain_names must be known at synth: each is a name of the distribution, got a token",
    "managed_rules": "must be known at synth: each is counted by its name, got a token",
    "scopes": "must be known at synth: ",
}


def arguments() -> Iterator[tuple[str, str]]:
    for name, called in {**PUBLIC, **VALUES}.items():
        for argument, parameter in inspect.signature(called).parameters.items():
            if "Sequence[str]" in str(parameter.annotation):
                yield name, argument


ARGUMENTS = sorted(arguments())


def test_list_token_table_has_every_list_of_texts() -> None:
    assert {argument for _, argument in ARGUMENTS} == set(LISTS)


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_list_token_is_passed_on_or_refused_with_a_reason(stack: cdk.Stack, name: str, argument: str) -> None:
    token = cdk.CfnParameter(stack, "Given", type="CommaDelimitedList").value_as_list
    given: object = {"AWSManagedRulesCommonRuleSet": token} if argument == "managed_rules" else token
    refused = LISTS[argument]
    if refused is None:
        BUILD[name](stack, **{argument: given})
        resources = json.dumps(Template.from_stack(stack).to_json()["Resources"])
        assert '"AuthorizationScopes": {"Ref": "Given"}' in resources
        assert "Token[" not in resources
        return
    with pytest.raises(ValueError, match=r".") as error:
        BUILD[name](stack, **{argument: given})
    assert refused in str(error.value)
    assert "Token[" not in str(error.value)
