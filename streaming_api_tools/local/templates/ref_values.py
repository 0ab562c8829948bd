"""Give Ref and Fn::GetAtt values: invented ones for local templates, physical ids for deployed stacks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from streaming_api_templates.template.lenient_json import mapping
from streaming_api_templates.template.partitions import url_suffix

Resources = Mapping[str, object]


@dataclass(frozen=True)
class Place:
    """Region, account and partition of a stack, or those that it is taken to be in."""

    region: str
    account: str
    stack: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def pseudo_parameters(self) -> dict[str, str]:
        """Return the values of CloudFormation's pseudo parameters."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": self.arn("cloudformation", f"stack/{self.stack}/local"),
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": url_suffix(self.partition),
        }


class StackReferences:
    """Implements ``Ref`` and ``Fn::GetAtt``.

    :param resources: the ``Resources`` of the template
    :param physical_ids: true physical ids by logical id. Default: - names are made from the logical ids
    """

    def __init__(
        self, resources: Resources, place: Place, physical_ids: Mapping[str, str] | None = None
    ) -> None:
        self._resources = resources
        self._place = place
        self._physical_ids = physical_ids or {}
        self._refs: Mapping[str, Callable[[str], str]] = {
            "AWS::ApiGateway::DomainName": lambda i: self._text_property(i, "DomainName"),
            "AWS::ApiGateway::Model": lambda i: self._text_property(i, "Name"),
            "AWS::ApiGateway::RestApi": self._api_id,
            "AWS::ApiGateway::Stage": lambda i: self._text_property(i, "StageName"),
            "AWS::Cognito::UserPool": lambda i: f"{self._place.region}_{i}",
            "AWS::Lambda::Alias": lambda i: f"{self._function_arn(i)}:{self._property(i, 'Name')}",
            "AWS::Lambda::LayerVersion": lambda i: self._place.arn("lambda", f"layer:{i}:1"),
            "AWS::Lambda::Version": lambda i: f"{self._function_arn(i)}:1",
        }
        self._attributes: Mapping[tuple[str, str], Callable[[str], str]] = {
            ("AWS::ApiGateway::RestApi", "RootResourceId"): lambda i: self._api_id(i)[::-1],
            ("AWS::Cognito::UserPool", "Arn"): lambda i: self._place.arn(
                "cognito-idp", f"userpool/{self.ref(i)}"
            ),
            ("AWS::Lambda::Alias", "AliasArn"): self.ref,
            ("AWS::Lambda::Function", "Arn"): lambda i: self._place.arn("lambda", f"function:{self.ref(i)}"),
            ("AWS::Lambda::LayerVersion", "LayerVersionArn"): self.ref,
            ("AWS::Lambda::Url", "FunctionUrl"): lambda i: f"https://{self.url_host(i)}/",
            ("AWS::Lambda::Version", "FunctionArn"): self.ref,
            ("AWS::Lambda::Version", "Version"): lambda i: self.ref(i).rsplit(":", 1)[1],
            ("AWS::Logs::LogGroup", "Arn"): lambda i: self._place.arn("logs", f"log-group:{self.ref(i)}:*"),
        }

    def ref(self, logical_id: str) -> str:
        """Return the true physical id, else what the type of the resource makes of its name."""
        if logical_id in self._physical_ids:
            return self._physical_ids[logical_id]
        kind = self._type(logical_id)
        return self._refs.get(kind, self._name)(logical_id)

    def get_att(self, logical_id: str, attribute: str) -> str:
        """Return an attribute; of types that are not in the table only ``Arn`` is known."""
        kind = self._type(logical_id)
        if (kind, attribute) in self._attributes:
            return self._attributes[kind, attribute](logical_id)
        if attribute != "Arn":
            raise KeyError(attribute)
        return self._place.arn(kind.split("::")[1].lower(), self.ref(logical_id))

    def url_host(self, logical_id: str) -> str:
        """Return the host of a function URL, which only Lambda could know."""
        return f"{self._letters(logical_id, 32)}.lambda-url.{self._place.region}.on.aws"

    def _type(self, logical_id: str) -> str:
        """Return the type of a resource.

        :raises KeyError: when there is no such resource, or it has no type
        """
        kind = self._declared(logical_id).get("Type")
        if not isinstance(kind, str) or "::" not in kind:
            raise KeyError(logical_id)
        return kind

    def _declared(self, logical_id: str) -> Mapping[str, object]:
        resource = self._resources[logical_id]
        if not isinstance(resource, dict):
            raise KeyError(logical_id)
        return resource

    def _property(self, logical_id: str, name: str) -> object:
        return mapping(self._declared(logical_id).get("Properties")).get(name)

    def _text_property(self, logical_id: str, name: str) -> str:
        value = self._property(logical_id, name)
        return value if isinstance(value, str) else logical_id

    def _name(self, logical_id: str) -> str:
        given = self._property(logical_id, f"{self._type(logical_id).rsplit('::', 1)[-1]}Name")
        return given if isinstance(given, str) else logical_id

    def _api_id(self, logical_id: str) -> str:
        return self._letters(logical_id, 10)

    def _letters(self, logical_id: str, number: int) -> str:
        digest = hashlib.sha256(f"{self._place.stack}/{logical_id}".encode()).digest()
        return "".join("0123456789abcdefghijklmnopqrstuvwxyz"[byte % 36] for byte in digest[:number])

    def _function_arn(self, logical_id: str) -> str:
        """Return the ARN of the function that an alias or a version belongs to."""
        function = self._property(logical_id, "FunctionName")
        if isinstance(function, str):
            is_arn = function.startswith("arn:")
            return function if is_arn else self._place.arn("lambda", f"function:{function}")
        if isinstance(function, dict):
            if "Ref" in function:
                return self.get_att(str(function["Ref"]), "Arn")
            target = function.get("Fn::GetAtt")
            if isinstance(target, list) and len(target) == 2:
                return self.get_att(str(target[0]), str(target[1]))
        raise KeyError(logical_id)
