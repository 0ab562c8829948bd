"""Declares the operations of the AWS clients that the checks use: none of them changes anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class StsClient(Protocol):
    """The part of the STS client that is asked."""

    def get_caller_identity(self) -> Mapping[str, str]:
        """Return the caller identity."""


class SsmClient(Protocol):
    """The part of the Systems Manager client that is asked."""

    def get_parameters(self, *, Names: list[str]) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Return the parameters that exist."""


class ApiGatewayClient(Protocol):
    """The part of the API Gateway client that is asked."""

    def get_account(self) -> Mapping[str, object]:
        """Return the settings of the account in the Region."""


class LambdaClient(Protocol):
    """The part of the Lambda client that is asked."""

    def get_account_settings(self) -> Mapping[str, Mapping[str, int]]:
        """Return the limits of the account in the Region."""


class IamClient(Protocol):
    """The part of the IAM client that is asked."""

    def simulate_principal_policy(
        self, *, PolicySourceArn: str, ActionNames: Sequence[str], ResourceArns: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return what the policies of a principal allow."""

    def get_role(self, *, RoleName: str) -> Mapping[str, Mapping[str, str]]:
        """Return a role."""


class ServiceQuotasClient(Protocol):
    """The part of the Service Quotas client that is asked."""

    def list_service_quotas(
        self, *, ServiceCode: str, NextToken: str = ...
    ) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return a page of the quotas of a service."""


class BedrockClient(Protocol):
    """The part of the Bedrock client that is asked."""

    def get_foundation_model_availability(self, *, modelId: str) -> Mapping[str, object]:
        """Return whether the account may use a model."""

    def get_foundation_model(self, *, modelIdentifier: str) -> Mapping[str, Mapping[str, object]]:
        """Return what a model is."""

    def get_inference_profile(
        self, *, inferenceProfileIdentifier: str
    ) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Return what a profile routes to."""


class Aws(Protocol):
    """The account and the Region that are checked, and their clients."""

    @property
    def region(self) -> str | None: ...
    @property
    def lambda_(self) -> LambdaClient: ...
    @property
    def iam(self) -> IamClient: ...
    @property
    def quotas(self) -> ServiceQuotasClient: ...
    @property
    def bedrock(self) -> BedrockClient: ...
    @property
    def sts(self) -> StsClient: ...
    @property
    def ssm(self) -> SsmClient: ...
    @property
    def apigateway(self) -> ApiGatewayClient: ...
