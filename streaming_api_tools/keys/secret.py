"""Find, read and write the secrets of an API's keys in AWS Secrets Manager."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from botocore.exceptions import ClientError

from ..aws import Account, asking
from ..errors import CouldNotRun

#: The variables of the authorizer's function that name them.
KEYS, ATTRIBUTES = "KEYS_SECRET_ARN", "ATTRIBUTES_SECRET_ARN"
_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:(?P<region>[a-z0-9-]+):\d{12}:secret:.+")
#: What a stack may be called; names of secrets are freer.
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")


class SecretsManagerClient(Protocol):
    """The part of the client of Secrets Manager that is used."""

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, Any]:
        """Return the current value."""

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> Mapping[str, Any]:
        """Write a new value, which becomes the current one."""


class CloudFormationClient(Protocol):
    """The part of the client of CloudFormation that is used."""

    def describe_stack_resources(self, *, StackName: str) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Return the resources of a stack."""


class LambdaClient(Protocol):
    """The part of the client of Lambda that is used."""

    def get_function_configuration(self, *, FunctionName: str) -> Mapping[str, Any]:
        """Return the configuration of a function."""


class Place:
    """The secrets of an authorizer.

    :param keys: name or ARN of the secret of keys
    :param attributes: name or ARN of the secret of attributes. Default: - there is none
    """

    def __init__(self, keys: str, attributes: str | None = None) -> None:
        self.keys = keys
        self.attributes = attributes


def region_of(target: str) -> str | None:
    """Return the Region of the ARN of a secret; None for anything else."""
    found = _ARN.fullmatch(target)
    return found["region"] if found else None


def find_place(target: str, attributes: str | None, account: Account) -> Place:
    """Return where the keys are that a secret or a stack has.

    :param target: ARN or name of a secret, or name of a stack with an ``ApiKeyAuthorizer``
    :param attributes: the secret of attributes. Default: - the one that the stack's authorizer reads
    :raises CouldNotRun: when the stack has no such authorizer, or several
    """
    if _ARN.fullmatch(target) or not _STACK.fullmatch(target):
        return Place(target, attributes)
    functions = _functions(target, account)
    if functions is None:
        return Place(target, attributes)
    found = [place for name in functions if (place := _of_function(name, account))]
    if len({place.keys for place in found}) != 1:
        raise CouldNotRun(
            f"stack {target} must have one ApiKeyAuthorizer, got {len(found)}; name its secret instead"
        )
    return Place(found[0].keys, attributes or found[0].attributes)


def read(client: SecretsManagerClient, secret: str) -> str:
    """Return the text of a secret.

    :raises CouldNotRun: when Secrets Manager refuses, or the secret is binary
    """
    with asking(f"cannot read secret {secret}"):
        value = client.get_secret_value(SecretId=secret)
    text = value.get("SecretString")
    if not isinstance(text, str):
        raise CouldNotRun(f"secret {secret} has no text")
    return text


def write(client: SecretsManagerClient, secret: str, members: Mapping[str, object]) -> None:
    """Write a secret.

    :raises CouldNotRun: when Secrets Manager refuses
    """
    with asking(f"cannot write secret {secret}"):
        client.put_secret_value(SecretId=secret, SecretString=json.dumps(members))


def _functions(stack: str, account: Account) -> list[str] | None:
    """Return the functions of a stack; None where there is no such stack."""
    cloudformation = account.client(CloudFormationClient, "cloudformation")  # type: ignore[type-abstract]
    try:
        resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise CouldNotRun(f"cannot look for stack {stack}: {error}") from error
    return [
        each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::Lambda::Function"
    ]


def _of_function(name: str, account: Account) -> Place | None:
    with asking(f"cannot read the configuration of function {name}"):
        client = account.client(LambdaClient, "lambda")  # type: ignore[type-abstract]
        configuration = client.get_function_configuration(FunctionName=name)
    variables = configuration.get("Environment", {}).get("Variables", {})
    return Place(variables[KEYS], variables.get(ATTRIBUTES)) if KEYS in variables else None
