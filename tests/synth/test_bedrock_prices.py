"""The prices that a deployment has, from the construct to the estimates in the records of usage."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match, Template
from chat.settings import ChatSettings
from chat.usage.counts import Usage
from chat.usage.prices import cost_of

from cdk_streaming_api import BedrockFunction, BedrockModel, BedrockPrice, BedrockPrices, BedrockServiceTier
from cdk_streaming_api._bedrock.price_table import ROWS
from cdk_streaming_api._bedrock.prices import _table

NOVA = BedrockModel("amazon.nova-pro-v1:0")
THOUSAND = Usage({"input_tokens": 1000, "output_tokens": 1000})


def settings_of(stack: cdk.Stack) -> ChatSettings:
    """Return the settings as the handler reads them."""
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    variables = function["Properties"]["Environment"]["Variables"]
    return ChatSettings(variables["BEDROCK_MODEL_ID"], variables.get("BEDROCK_SETTINGS"))


def test_bedrock_prices_of_the_table_are_the_default(stack: cdk.Stack) -> None:
    BedrockFunction(stack, "Chat", model=NOVA)
    (model,) = settings_of(stack).models
    assert cost_of(THOUSAND, model.price) == 0.004
    assert cost_of(THOUSAND, model.price, "flex") == 0.002


def test_bedrock_prices_of_ones_own_go_before_the_table(stack: cdk.Stack) -> None:
    own = BedrockPrice(1, 2, cache_read=0.5, tiers={BedrockServiceTier.FLEX: BedrockPrice(0.5, 1)})
    BedrockFunction(stack, "Chat", model=NOVA, prices=BedrockPrices({"amazon.nova-pro-v1:0": own}))
    (model,) = settings_of(stack).models
    assert model.price == {"default": [1, 2, 0.5], "flex": [0.5, 1]}


@pytest.mark.parametrize(
    ("model", "prices"),
    [
        (BedrockModel("amazon.nova-of-the-future-v9:0"), BedrockPrices()),
        (NOVA, BedrockPrices(table=False)),
        (NOVA, BedrockPrices({"amazon.nova-lite-v1:0": BedrockPrice(1, 2)}, table=False)),
    ],
)
def test_bedrock_prices_that_are_not_known_are_none(
    stack: cdk.Stack, model: BedrockModel, prices: BedrockPrices
) -> None:
    BedrockFunction(stack, "Chat", model=model, prices=prices)
    (found,) = settings_of(stack).models
    assert found.price is None


def test_bedrock_prices_know_a_model_by_the_last_part_of_its_arn(stack: cdk.Stack) -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456"
    prices = BedrockPrices({"abc123def456": BedrockPrice(1, 2)})
    model = BedrockModel(arn)
    BedrockFunction(stack, "Chat", model=model, prices=prices)
    (found,) = settings_of(stack).models
    assert (found.name, found.price) == ("abc123def456", {"default": [1, 2]})


def test_bedrock_prices_of_the_table_that_do_not_fit_are_left_out_with_a_warning(stack: cdk.Stack) -> None:
    BedrockFunction(stack, "Chat", model=NOVA, environment={"FILLED": "x" * 3950})
    assert settings_of(stack).models[0].price is None
    says = Match.string_like_regexp("prices of the models do not fit")
    Annotations.from_stack(stack).has_warning("*", says)


def test_bedrock_prices_of_ones_own_that_do_not_fit_are_refused(stack: cdk.Stack) -> None:
    prices = BedrockPrices({NOVA.model_id: BedrockPrice(1, 2)})
    with pytest.raises(ValueError, match="must fit into 4096 bytes"):
        BedrockFunction(stack, "Chat", model=NOVA, prices=prices, environment={"FILLED": "x" * 3990})


@pytest.mark.parametrize(("price", "says"), [(-1, "must be USD for a million tokens, got -1")])
def test_bedrock_price_below_zero_is_refused(price: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        BedrockPrice(price, 1)


def test_bedrock_price_table_has_no_row_twice() -> None:
    rows = [row.split(" ") for row in ROWS.split("\n") if row]
    names = [(prefix, model_id) for prefixes, model_id, *_ in rows for prefix in prefixes.split("|")]
    assert len(names) == len(set(names)) == len(_table())
    assert len(names) > 150
