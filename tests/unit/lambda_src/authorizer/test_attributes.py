"""What single clients may do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from authorizer.attributes import BUDGET, MODELS, parse_attributes
from chat.budget.limits import OWN, own_limits
from chat.settings import ALLOWED_MODELS, ChatSettings
from lambda_streaming import HTTPError

BUDGETS = {"per_day": {"tokens": 200, "warn_at": 150}, "per_month": {"usd": 1.5}}


def attributes(**members: object) -> Any:  # noqa: ANN401
    return parse_attributes(json.dumps({"alice": members}))["alice"]


def event(**members: object) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"principalId": "alice", **attributes(**members).context}}}


def test_attributes_budget_reaches_the_function_as_its_limits() -> None:
    assert OWN == BUDGET
    found = own_limits(event(budget=BUDGETS)) or []
    assert [(each.scope, each.period, each.unit, each.hard, each.soft) for each in found] == [
        ("caller", "day", "tokens", 200, 150),
        ("caller", "month", "usd", 1_500_000_000, None),
    ]
    assert own_limits(event()) is None
    assert own_limits({}) is None
    assert own_limits({"requestContext": {"authorizer": None}}) is None


def test_attributes_models_are_those_that_the_function_allows() -> None:
    assert ALLOWED_MODELS == MODELS
    models = [{"modelId": name} for name in ("model-1", "model-2", "arn:aws:bedrock:r:1:x/model-3")]
    settings = ChatSettings("model-1", json.dumps({"models": models}))
    own = settings.for_caller(event(models=["model-2", "model-3", "model-9"]))
    assert [each.name for each in own.models] == ["model-2", "model-3"]
    assert own.model(None).name == "model-2"
    with pytest.raises(HTTPError, match="cannot be used") as error:
        own.model("model-1")
    assert error.value.status == 404
    assert settings.model("model-1").name == "model-1"
    assert settings.for_caller(event()) is settings


@pytest.mark.parametrize("name", [None, "model-1"])
def test_attributes_client_without_a_model_may_use_none(name: str | None) -> None:
    own = ChatSettings("model-1").for_caller(event(models=[]))
    with pytest.raises(HTTPError, match="cannot be used"):
        own.model(name)


@pytest.mark.parametrize(
    ("now", "expired"), [(1_798_761_599.9, False), (1_798_761_600.0, True), (2_000_000_000.0, True)]
)
def test_attributes_key_expires_at_the_moment(now: float, expired: bool) -> None:
    assert attributes(expires="2027-01-01T00:00:00Z").expired(now) is expired
    assert attributes(expires="2027-01-01T02:00:00+02:00").expired(now) is expired
    assert not attributes().expired(now)


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        ("[]", "must be a JSON object of client names to attributes"),
        ("{", "must be a JSON object of client names to attributes"),
        ("[" * 100_000, "must be a JSON object of client names to attributes"),
        ('{"a": 1}', "attributes of client 'a' must be a JSON object"),
        ('{"a": {"model": []}}', "must have models, budget, expires and nothing else, got 'model'"),
        ('{"a": {"models": "m"}}', "models in attributes of client 'a' must be a list of model ids"),
        ('{"a": {"budget": {"per_hour": {}}}}', "must have per_day, per_month and nothing else"),
        ('{"a": {"budget": {"per_day": {}}}}', "must have tokens or usd"),
        ('{"a": {"budget": {"per_day": {"tokens": 1, "usd": 1}}}}', "must have tokens or usd"),
        ('{"a": {"budget": {"per_day": {"tokens": -1}}}}', "must be a number of 0 to 10^15"),
        ('{"a": {"budget": {"per_day": {"tokens": NaN}}}}', "must be a number of 0 to 10^15"),
        ('{"a": {"budget": {"per_day": {"tokens": true}}}}', "must be a number of 0 to 10^15"),
        ('{"a": {"expires": "2027-01-01"}}', "must be a time with its zone"),
        ('{"a": {"expires": "soon"}}', "must be a time with its zone"),
        ('{"\\u001b[31m": {"x": 1}}', r"client '\x1b[31m'"),
    ],
)
def test_attributes_malformed_secret_names_the_client(secret: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_attributes(secret)
    assert message in str(error.value)
