"""Holds the limits that AWS documents for many streams at once, each with the page that it is from.

Read in November 2026. Limits differ by Region and by account: ``streaming-api doctor`` asks the account.
"""

from __future__ import annotations

from dataclasses import dataclass

from .simulate import Capacity, Gate, Refill

#: Codes of Service Quotas: concurrent executions of an account in a Region, and API Gateway's throttling, of
#: which the burst follows from the rate and cannot be asked for by itself.
CONCURRENCY, RATE, BURST = "L-B99A9384", "L-8A5B8E43", "L-CDF5615A"
#: Tokens a minute of Amazon Nova Lite through an inference profile.
NOVA_LITE_TOKENS = "L-7C42E72A"
NEW_ACCOUNT = 10
#: What the stage of a ``StreamingApi`` takes by default, and what AWS gives an account that has been in use.
DEFAULTS = Capacity(
    stage=Refill(20, 40),
    account=Refill(10_000, 5_000),
    concurrency=1000,
    scaling=Refill(100, 1000),
    tokens=Refill(4_000_000 / 60, 4_000_000),
    units=4_000,
)

#: No limit.
NONE = Capacity()

_GATEWAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_SCALING = "https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html"
_QUOTAS = "https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-runtime.html"
_BEDROCK = "https://docs.aws.amazon.com/general/latest/gr/bedrock.html#limits_bedrock"
_TABLE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"


@dataclass(frozen=True)
class Documented:
    """A limit.

    :param gate: where a request meets it; None for one that does not refuse
    :param value: as it is told
    :param increase: how it is raised
    :param source: the page that has it
    :param alone: the limit as the only one in force
    """

    gate: Gate | None
    name: str
    value: str
    increase: str
    source: str
    alone: Capacity = NONE


#: In the order in which a request meets them.
LIMITS = (
    Documented(
        Gate.STAGE,
        "requests of a stage of `StreamingApi`",
        "20 a second, 40 at once",
        "`throttling_rate_limit`, `throttling_burst_limit`",
        "constructs-access.md",
        Capacity(stage=DEFAULTS.stage),
    ),
    Documented(
        Gate.ACCOUNT,
        "requests of all APIs of an account in a Region",
        "10,000 a second, 5,000 at once; 2,500 and 1,250 in some Regions",
        f"quota {RATE}; the burst follows from it",
        _GATEWAY,
        Capacity(account=DEFAULTS.account),
    ),
    Documented(
        Gate.CONCURRENCY,
        "concurrent executions of a new account",
        f"{NEW_ACCOUNT}",
        f"quota {CONCURRENCY}, and by itself with use",
        _LAMBDA,
        Capacity(concurrency=NEW_ACCOUNT),
    ),
    Documented(
        Gate.CONCURRENCY,
        "concurrent executions of an account in a Region",
        "1,000",
        f"quota {CONCURRENCY}, to tens of thousands",
        _LAMBDA,
        Capacity(concurrency=DEFAULTS.concurrency),
    ),
    Documented(
        Gate.SCALING,
        "execution environments that are started for a function",
        "1,000 every 10 seconds, refilled all the time, never more than 1,000",
        "cannot be raised; each function has its own",
        _SCALING,
        Capacity(scaling=DEFAULTS.scaling),
    ),
    Documented(
        None,
        "requests a minute of a model on Bedrock",
        "no longer enforced; older copies of the table have 2,000 for Nova Lite in us-east-1",
        "-",
        _QUOTAS,
    ),
    Documented(
        Gate.TOKENS,
        "tokens a minute of a model on Bedrock, in and out, here Nova Lite through its profile in us-east-1",
        "4,000,000; 200,000 in most Regions, and less for new accounts",
        f"quota {NOVA_LITE_TOKENS}",
        _BEDROCK,
        Capacity(tokens=DEFAULTS.tokens),
    ),
    Documented(
        Gate.TABLE,
        "write units a second of a new table on demand",
        "4,000; it grows with the traffic",
        "warm throughput of the table",
        _TABLE,
        Capacity(units=DEFAULTS.units),
    ),
    Documented(
        Gate.TABLE,
        "write units a second of a table on demand",
        "40,000",
        "quota of DynamoDB for the throughput of a table",
        _TABLE,
        Capacity(units=40_000),
    ),
)
