"""An account that is described by values instead of being asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore import exceptions

from streaming_api_tools.doctor.checks import BOOTSTRAP_PARAMETER

#: Codes of API Gateway's quotas: "Throttle rate" and "Throttle burst rate".
RATE, BURST = "L-8A5B8E43", "L-CDF5615A"


@dataclass
class FakeAws:
    """An account as the checks see it: all clients in one."""

    region: str | None = "eu-west-1"
    role: str | None = "arn:aws:iam::123456789012:role/logs"
    bootstrap: str | None = "6"
    asked: list[str] = field(default_factory=list)
    failure: Exception | None = None
    caller: str = "arn:aws:sts::123456789012:assumed-role/Admin/me"
    concurrency: int = 1000
    decision: str = "allowed"
    #: What is in the ARNs that the decision is about; that on all others is "allowed".
    decided: str = ""
    by_organization: bool = True
    availability: dict[str, object] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)
    regions: tuple[str, ...] = ("eu-west-1", "eu-north-1")
    quota: float = 200.0
    absent: bool = False
    throttle: dict[str, float] = field(default_factory=lambda: {RATE: 10_000.0, BURST: 5_000.0})
    in_force: dict[str, float] = field(default_factory=lambda: {"rateLimit": 10_000.0, "burstLimit": 5_000})

    @property
    def lambda_(self) -> FakeAws:
        return self

    @property
    def iam(self) -> FakeAws:
        return self

    @property
    def quotas(self) -> FakeAws:
        return self

    @property
    def bedrock(self) -> FakeAws:
        return self

    @property
    def sts(self) -> FakeAws:
        return self

    @property
    def ssm(self) -> FakeAws:
        return self

    @property
    def apigateway(self) -> FakeAws:
        return self

    def get_caller_identity(self) -> dict[str, str]:
        self.asked.append("GetCallerIdentity")
        if self.failure:
            raise self.failure
        return {"Account": "123456789012", "Arn": self.caller}

    def get_account_settings(self) -> dict[str, dict[str, int]]:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": self.concurrency}}

    def simulate_principal_policy(
        self, *, PolicySourceArn: str, ActionNames: Sequence[str], ResourceArns: Sequence[str]
    ) -> dict[str, list[dict[str, object]]]:
        self.asked.append(PolicySourceArn)
        result: dict[str, object] = {
            "EvalActionName": ActionNames[0],
            "OrganizationsDecisionDetail": {"AllowedByOrganizations": self.by_organization},
        }
        decided = {arn: self.decision if self.decided in arn else "allowed" for arn in ResourceArns}
        return {
            "EvaluationResults": [
                result | {"EvalResourceName": arn, "EvalDecision": decision}
                for arn, decision in decided.items()
            ]
        }

    def get_role(self, *, RoleName: str) -> dict[str, dict[str, str]]:
        if RoleName == "Gone":
            raise exceptions.ClientError({"Error": {"Code": "NoSuchEntity"}}, "GetRole")
        return {"Role": {"Arn": f"arn:aws:iam::123456789012:role/of/sso/{RoleName}"}}

    def list_service_quotas(self, *, ServiceCode: str, NextToken: str = "") -> dict[str, Any]:
        if not NextToken:
            return {"Quotas": [], "NextToken": "more"}
        if ServiceCode == "apigateway":
            return {"Quotas": [{"QuotaCode": code, "Value": value} for code, value in self.throttle.items()]}
        name = "Cross-region model inference requests per minute for Amazon Nova Lite"
        return {"Quotas": [{"QuotaName": name, "QuotaCode": "L-1", "Value": self.quota}]}

    def get_foundation_model_availability(self, *, modelId: str) -> dict[str, object]:
        assert modelId == "amazon.nova-lite-v1:0"
        right = {"agreementAvailability": {"status": "AVAILABLE"}, "authorizationStatus": "AUTHORIZED"}
        return right | self.availability

    def get_foundation_model(self, *, modelIdentifier: str) -> dict[str, dict[str, object]]:
        right = {"modelName": "Nova Lite", "responseStreamingSupported": True}
        return {"modelDetails": right | {"modelLifecycle": {"status": "ACTIVE"}} | self.details}

    def get_inference_profile(self, *, inferenceProfileIdentifier: str) -> dict[str, list[dict[str, str]]]:
        if self.absent:
            raise exceptions.ClientError(
                {"Error": {"Code": "ResourceNotFoundException"}}, "GetInferenceProfile"
            )
        form = "arn:aws:bedrock:{}::foundation-model/amazon.nova-lite-v1:0"
        return {"models": [{"modelArn": form.format(region)} for region in self.regions]}

    def get_parameters(self, *, Names: list[str]) -> dict[str, list[dict[str, str]]]:
        self.asked.append("GetParameters")
        assert Names == [BOOTSTRAP_PARAMETER]
        return {"Parameters": [{"Value": self.bootstrap}] if self.bootstrap else []}

    def get_account(self) -> dict[str, object]:
        self.asked.append("GetAccount")
        return ({"cloudwatchRoleArn": self.role} if self.role else {}) | {"throttleSettings": self.in_force}
