"""Checks the service quotas of a streaming API: API Gateway's, and those of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..scale.limits import BURST, RATE
from .clients import Aws
from .findings import CheckWarning, Skipped

INCREASE = (
    "aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code}"
    " --desired-value {value}"
)
API_GATEWAY = "apigateway"
#: What the stage of a ``StreamingApi`` takes by default. In an account that takes less, it is
#: the account that refuses, whichever of its APIs was called.
STAGE_RATE, STAGE_BURST = 20, 40
DEFAULT_RATE = 10_000


def gateway(aws: Aws) -> str:
    """Look at how many requests all APIs of the account may take.

    Service Quotas knows the defaults of a Region only roughly, so what API Gateway has in force counts where
    that is less.
    """
    values = {str(quota["QuotaCode"]): _number(quota["Value"]) for quota in of_service(aws, API_GATEWAY)}
    if missing := [code for code in (RATE, BURST) if code not in values]:
        raise Skipped(f"Service Quotas has no {missing[0]} of {API_GATEWAY} in {aws.region}")
    in_force = aws.apigateway.get_account().get("throttleSettings", {})
    assert isinstance(in_force, Mapping)
    rate = min(values[RATE], _number(in_force.get("rateLimit", values[RATE])))
    burst = min(values[BURST], _number(in_force.get("burstLimit", values[BURST])))
    seen = f"{rate:.0f} requests a second and {burst:.0f} at once, for all APIs of the account"
    if rate < STAGE_RATE or burst < STAGE_BURST:
        raise CheckWarning(seen, INCREASE.format(service=API_GATEWAY, code=RATE, value=DEFAULT_RATE))
    return seen


def of_model(aws: Aws, name: str) -> str:
    """Look for quotas of a model that are zero, which they are in some new accounts.

    :param name: the model's name, as the names of its quotas have it
    """
    found = [quota for quota in of_service(aws, "bedrock") if name.lower() in str(quota["QuotaName"]).lower()]
    minute = [quota for quota in found if "per minute" in str(quota["QuotaName"])]
    if empty := [quota for quota in minute if not quota["Value"]]:
        fix = INCREASE.format(service="bedrock", code=empty[0]["QuotaCode"], value=100)
        raise CheckWarning(f"the quota is 0: {empty[0]['QuotaName']}", fix)
    return f"{len(minute)} quotas a minute for {name}, none of them 0"


def of_service(aws: Aws, service: str) -> Iterator[Mapping[str, object]]:
    """Yield the quotas of a service in the Region."""
    page: Mapping[str, object] = {}
    while not page or page.get("NextToken"):
        token = {"NextToken": str(page["NextToken"])} if page else {}
        page = aws.quotas.list_service_quotas(ServiceCode=service, **token)
        quotas = page["Quotas"]
        assert isinstance(quotas, Sequence)
        yield from quotas


def _number(value: object) -> float:
    assert isinstance(value, (int, float))
    return value
