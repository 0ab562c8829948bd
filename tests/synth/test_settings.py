"""Context values as settings: what is taken, and what is refused with which hint."""

from __future__ import annotations

import pytest

from stacks.settings import DeploymentSettings


def test_deployment_settings_cdk_json_leaves_every_default(context: dict[str, object]) -> None:
    assert DeploymentSettings.from_context(context) == DeploymentSettings()


def test_deployment_settings_command_line_values_are_parsed() -> None:
    context = {
        "model_id": "amazon.nova-micro-v1:0",
        "stage_name": "beta",
        "allow_origins": "https://a.example.com, https://b.example.com",
        "throttling_rate_limit": "0.5",
        "throttling_burst_limit": "5",
        "log_retention_days": "7",
        "account_logging_role": "true",
    }
    assert DeploymentSettings.from_context(context) == DeploymentSettings(
        model_id="amazon.nova-micro-v1:0",
        stage_name="beta",
        allow_origins=("https://a.example.com", "https://b.example.com"),
        throttling_rate_limit=0.5,
        throttling_burst_limit=5,
        log_retention_days=7,
        account_logging_role=True,
    )


def test_deployment_settings_cdk_json_values_keep_their_types() -> None:
    context = {"allow_origins": ["*"], "throttling_rate_limit": 5, "account_logging_role": False}
    assert DeploymentSettings.from_context(context) == DeploymentSettings(
        allow_origins=("*",), throttling_rate_limit=5
    )


def test_deployment_settings_foreign_context_keys_are_ignored() -> None:
    context = {
        "@aws-cdk/core:newStyleStackSynthesis": True,
        "aws:cdk:enable-path-metadata": True,
        "availability-zones:account=123456789012:region=eu-west-1": ["eu-west-1a"],
        "cli-telemetry": False,
        "acknowledged-issue-numbers": [1],
    }
    assert DeploymentSettings.from_context(context) == DeploymentSettings()


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"modle_id": "x"}, "context has no setting 'modle_id'; did you mean 'model_id'\\?"),
        ({"allow_origin": "*"}, "did you mean 'allow_origins'\\?"),
        ({"colour": "red"}, "context has no setting 'colour'; the settings are model_id, stage_name"),
        ({"model_id": " "}, "context 'model_id' must be a text, got ' '"),
        ({"model_id": 3}, "context 'model_id' must be a text, got 3"),
        ({"allow_origins": {"a": 1}}, "must be a list or a comma-separated text"),
        (
            {"throttling_rate_limit": "fast"},
            "context 'throttling_rate_limit' must be a number above 0, got 'fast'",
        ),
        ({"throttling_rate_limit": "nan"}, "must be a number above 0"),
        ({"throttling_rate_limit": True}, "must be a number above 0"),
        ({"throttling_burst_limit": "1.5"}, "must be a whole number, got '1.5'"),
        ({"log_retention_days": 31}, "context 'log_retention_days' must be one of 1, 3, 5, 7, .*, got 31"),
        ({"account_logging_role": "yes"}, "context 'account_logging_role' must be true or false, got 'yes'"),
    ],
)
def test_deployment_settings_unknown_key_or_value_is_refused(
    context: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        DeploymentSettings.from_context(context)
