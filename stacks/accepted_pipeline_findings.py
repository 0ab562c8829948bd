"""Acknowledge findings of cdk-nag's AwsSolutions and Serverless packs in the pipeline, with reasons.

All are wildcards in what ``aws_cdk.pipelines`` generates, or the bucket that it makes. A finding names the
wildcard with the resource that has it, so the ids are put together from the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator

from aws_cdk import Acknowledgment, CfnElement, Stack, Validations, pipelines, region_info
from aws_cdk import aws_codebuild as codebuild

_WILDCARD = "AwsSolutions::AwsSolutions-IAM5[{}]"

BUCKET = (
    "AwsSolutions::AwsSolutions-S1",
    "the bucket holds what CodePipeline hands from action to action; CloudTrail has who changed the pipeline",
)
ACTIONS = (
    "a grant of the CDK on the artifact bucket and its key: one operation in its variants",
    [
        *("Action::kms:GenerateDataKey*", "Action::kms:ReEncrypt*"),
        *("Action::s3:Abort*", "Action::s3:DeleteObject*", "Action::s3:GetBucket*"),
        *("Action::s3:GetObject*", "Action::s3:List*"),
    ],
)
ASSETS = "one role for all asset steps, whose projects the CDK names later"
#: Filled with the account and the Region of the pipeline, and the logical id of the artifact bucket.
RESOURCES = {
    "Resource::*": (
        "cloudformation:DescribeStacks and s3:ListBucket for the pipeline's update of itself; "
        "codebuild:StartBuild for the role of the asset steps, whose projects the CDK names later; "
        "keys of artifacts in other Regions, whose key policies name the pipeline"
    ),
    "Resource::<{bucket}.Arn>/*": "objects of the pipeline's own artifact bucket, whose keys it makes up",
    "Resource::arn:*:iam::{account}:role/*": (
        "the update of the pipeline assumes roles of the CDK bootstrap only: a condition asks for their tags"
    ),
    "Resource::arn:{partition}:codebuild:{region}:{account}:report-group/*": ASSETS,
    "Resource::arn:{partition}:logs:{region}:{account}:log-group:/aws/codebuild/*": ASSETS,
}
#: Filled also with the logical id of each project.
OF_A_PROJECT = {
    "Resource::arn:{partition}:codebuild:{region}:{account}:report-group/<{project}>-*": (
        "report groups of the project itself, whose names a build gives"
    ),
    "Resource::arn:{partition}:logs:{region}:{account}:log-group:/aws/codebuild/<{project}>:*": (
        "log streams of the project itself"
    ),
}
REPLICA = "objects of the pipeline's own artifact bucket in another Region"


def accept(stack: Stack, pipeline: pipelines.CodePipeline) -> None:
    """Acknowledge the findings in a pipeline that is built.

    :param stack: the stack with the pipeline.
    :param pipeline: after ``build_pipeline``.
    """
    supports = pipeline.pipeline.cross_region_support.values()
    for owner in (stack, *(support.stack for support in supports)):
        Validations.of(owner).acknowledge(Acknowledgment(id=BUCKET[0], reason=BUCKET[1]))
    reasons = dict(_wildcards(stack, pipeline))
    for support in supports:
        replica = stack.resolve(support.replication_bucket.bucket_arn)
        reasons[f"Resource::{replica}/*"] = REPLICA
    acknowledgments = [
        Acknowledgment(id=_WILDCARD.format(wildcard), reason=reason) for wildcard, reason in reasons.items()
    ]
    Validations.of(stack).acknowledge(*acknowledgments)


def _wildcards(stack: Stack, pipeline: pipelines.CodePipeline) -> Iterator[tuple[str, str]]:
    """Yield each wildcard as the rule writes it, and why it is there."""
    reason, actions = ACTIONS
    yield from ((action, reason) for action in actions)
    bucket = pipeline.pipeline.artifact_bucket.node.default_child
    assert isinstance(bucket, CfnElement)
    values = {
        "partition": region_info.RegionInfo.get(stack.region).partition or "aws",
        "account": stack.account,
        "region": stack.region,
        "bucket": stack.get_logical_id(bucket),
    }
    for wildcard, reason in RESOURCES.items():
        yield wildcard.format_map(values), reason
    for construct in stack.node.find_all():
        # the steps for assets share one role, above
        if isinstance(construct, codebuild.CfnProject) and "/Assets/" not in construct.node.path:
            for wildcard, reason in OF_A_PROJECT.items():
                yield wildcard.format_map({**values, "project": stack.get_logical_id(construct)}), reason
