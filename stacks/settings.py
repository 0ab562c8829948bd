"""Read the settings of the deployment: the ``context`` of cdk.json, or ``-c key=value``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from aws_cdk import aws_logs as logs

from .context import check_names, flag, number, refusal, text, texts, whole
from .pipeline_settings import PipelineSettings

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    120: logs.RetentionDays.FOUR_MONTHS,
    150: logs.RetentionDays.FIVE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    400: logs.RetentionDays.THIRTEEN_MONTHS,
    545: logs.RetentionDays.EIGHTEEN_MONTHS,
    731: logs.RetentionDays.TWO_YEARS,
    1096: logs.RetentionDays.THREE_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    2192: logs.RetentionDays.SIX_YEARS,
    2557: logs.RetentionDays.SEVEN_YEARS,
    2922: logs.RetentionDays.EIGHT_YEARS,
    3288: logs.RetentionDays.NINE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}

# Tokens of repositories that were created or renamed since 2026-07-15 have the ids in their subject:
# https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
_GITHUB_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+|[\w.-]+@\d+/[\w.-]+@\d+", re.ASCII)

# Keys of the CDK CLI itself; those of feature flags, lookups and libraries have a ':' or a '/' in them.
_CLI_KEYS = {"cli-telemetry", "acknowledged-issue-numbers"}


@dataclass(frozen=True)
class DeploymentSettings:
    """The settings of the reference deployment.

    :param model_id: the Bedrock model behind ``POST /chat``. Default: amazon.nova-lite-v1:0, which needs
        neither a subscription nor a use case form
    :param stage_name: first part of the path of every URL. Default: prod
    :param allow_origins: origins of the pages that may call the API, a list or comma-separated; empty for
        none. Default: "*", which opens nothing: IAM authorizes every call, browsers add no credentials of
        their own, and a page that can sign has keys that work without a browser as well
    :param throttling_rate_limit: requests a second that the API takes. Default: 20
    :param throttling_burst_limit: requests that it takes at once. Default: 40
    :param log_retention_days: how long logs are kept, one of ``RETENTION``. Default: 30
    :param account_logging_role: whether to deploy the account's CloudWatch role for API Gateway.
        Default: False
    :param github_repository: ``owner/name`` of the repository whose workflows may assume roles, as its tokens
        have it: ``owner@ID/name@ID`` where GitHub puts the ids into them. Default: - no such roles
    :param pipeline: the pipeline that deploys to staging and production. Default: - none
    """

    model_id: str = "amazon.nova-lite-v1:0"
    stage_name: str = "prod"
    allow_origins: tuple[str, ...] = ("*",)
    throttling_rate_limit: float = 20
    throttling_burst_limit: int = 40
    log_retention_days: int = 30
    account_logging_role: bool = False
    github_repository: str = ""
    pipeline: PipelineSettings | None = None

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> DeploymentSettings:
        """Read the settings from what the CDK hands to the app.

        :param context: the app's whole context, feature flags included.
        :raises ValueError: when a key is not known or a value is not what its setting takes.
        """
        names = [field.name for field in fields(cls)]
        own = {
            key: value for key, value in context.items() if not set(key) & set(":/") and key not in _CLI_KEYS
        }
        check_names(own, names, "context")
        return cls(**{key: _PARSERS[key](key, value) for key, value in own.items()})


def _retention(key: str, value: object) -> int:
    days = whole(key, value)
    if days not in RETENTION:
        raise refusal(key, f"one of {', '.join(map(str, RETENTION))}", value)
    return days


def _github_repository(key: str, value: object) -> str:
    if not _GITHUB_REPOSITORY.fullmatch(found := text(key, value)):
        raise refusal(key, "owner/name of a repository, or owner@ID/name@ID", value)
    return found


_PARSERS: dict[str, Callable[[str, object], Any]] = {
    "model_id": text,
    "stage_name": text,
    "allow_origins": texts,
    "throttling_rate_limit": number,
    "throttling_burst_limit": whole,
    "log_retention_days": _retention,
    "account_logging_role": flag,
    "github_repository": _github_repository,
    "pipeline": PipelineSettings.from_context,
}
