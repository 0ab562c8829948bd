"""Read the secrets of a template, with a value made up here where only AWS knows the true one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from streaming_api_templates.template.lenient_json import Json, mapping
from streaming_api_templates.template.resolve import Resolver

from ..application import Function, Secret, UnsupportedError
from .access import key_value

#: One key of a secret that is a JSON object.
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
REFERENCE = re.compile(r"\{\{resolve:secretsmanager:(?P<secret>.+?):SecretString:(?P<key>[^:}]+)[^}]*\}\}")


#: The variable of an authorizer that names a secret with the attributes of its clients.
ATTRIBUTES = "ATTRIBUTES_SECRET_ARN"


def read_secrets(
    resources: Mapping[str, Json], resolver: Resolver, functions: Iterable[Function] = ()
) -> tuple[Secret, ...]:
    """Return the secrets that the template defines, and those that its API keys have their values from.

    What such an API key reads is the value that the key has locally, so that both go together. A secret of
    attributes that only AWS knows says nothing of any client.

    :param functions: that may name such a secret. Default: - none
    """
    secrets: dict[str, Secret] = {}
    for logical_id, resource in resources.items():
        if mapping(resource).get("Type") == "AWS::SecretsManager::Secret":
            properties = mapping(mapping(resource).get("Properties"))
            try:
                secret = _secret(logical_id, properties, resolver)
            except UnsupportedError:
                # somebody who asks for it is told that it is not known
                continue
            secrets[secret.id] = secret
    for logical_id, resource in resources.items():
        if mapping(resource).get("Type") == "AWS::ApiGateway::ApiKey":
            given = mapping(mapping(resource).get("Properties")).get("Value")
            value = resolver.resolve(given, f"{logical_id}.Value")
            if found := REFERENCE.fullmatch(str(value)):
                held = secrets.get(found["secret"]) or Secret(found["secret"], "{}", made_up=True)
                if held.made_up:
                    keys = {**_object(held.value), found["key"]: key_value(logical_id, value)}
                    secrets[held.id] = Secret(held.id, json.dumps(keys), made_up=True)
    for function in functions:
        if (named := function.environment.get(ATTRIBUTES)) and named not in secrets:
            secrets[named] = Secret(named, "{}", made_up=True)
    return tuple(secrets.values())


def _secret(logical_id: str, properties: Mapping[str, Json], resolver: Resolver) -> Secret:
    """Return a secret of the template.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    """
    identity = resolver.text({"Ref": logical_id}, logical_id)
    if "SecretString" in properties:
        return Secret(identity, resolver.text(properties["SecretString"], f"{logical_id}.SecretString"))
    generated = mapping(resolver.resolve(properties.get("GenerateSecretString"), logical_id))
    value, key = key_value(logical_id, None), generated.get("GenerateStringKey")
    if key is not None:
        value = json.dumps({**_object(str(generated.get("SecretStringTemplate"))), str(key): value})
    return Secret(identity, value, made_up=True)


def _object(text: str) -> dict[str, object]:
    """Return a JSON object; what is none has no members."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}
