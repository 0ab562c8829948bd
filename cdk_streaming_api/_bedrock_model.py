"""A Bedrock model as a value that knows what its caller must be allowed to do."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam


@dataclass(frozen=True)
class BedrockModel:
    """A model that Amazon Bedrock serves, and the exact permission to stream from it.

    :param model_id: what the Bedrock API takes as ``modelId``: a base model id.
    """

    model_id: str

    def grant_stream(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow ``grantee`` to stream from this model and nothing else.

        ConverseStream and InvokeModelWithResponseStream are both authorized as
        ``bedrock:InvokeModelWithResponseStream`` (from the documentation).

        :param grantee: the function, role or user that calls the model.
        """
        stack = Stack.of(grantee.grant_principal)
        arn = stack.format_arn(
            service="bedrock",
            account="",
            resource="foundation-model",
            resource_name=self.model_id,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["bedrock:InvokeModelWithResponseStream"], resource_arns=[arn]
        )
