"""Foundation models that AWS has announced the end of.

Synth reads no clock, so the table says what was announced and the reader compares the dates.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Retirement(NamedTuple):
    """An announced end of life. Regions can differ; ``ListFoundationModels`` has the last word there."""

    model_id: str
    legacy: str
    end_of_life: str
    source: str


_OCTOBER = "model-lifecycle-legacy.html, 2026-10"
_MAY = "model-lifecycle.html, 2026-05"  # rows that AWS took off the page after their end of life
_ROWS = (
    Retirement("ai21.jamba-1-5-large-v1:0", "2026-05-26", "2026-11-26", _OCTOBER),
    Retirement("ai21.jamba-1-5-mini-v1:0", "2026-05-26", "2026-11-26", _OCTOBER),
    Retirement("amazon.nova-premier-v1:0", "2026-03-13", "2026-09-14", _MAY),
    Retirement("amazon.nova-sonic-v1:0", "2026-03-13", "2026-09-14", _OCTOBER),
    Retirement("anthropic.claude-3-haiku-20240307-v1:0", "2026-03-10", "2026-09-10", _OCTOBER),
    Retirement("anthropic.claude-3-sonnet-20240229-v1:0", "2026-01-30", "2026-07-30", _MAY),
    Retirement("anthropic.claude-3-5-haiku-20241022-v1:0", "2025-12-19", "2026-06-19", _MAY),
    Retirement("anthropic.claude-3-5-sonnet-20240620-v1:0", "2025-08-25", "2026-07-30", _MAY),
    Retirement("anthropic.claude-3-5-sonnet-20241022-v2:0", "2026-01-30", "2026-07-30", _MAY),
    Retirement("anthropic.claude-3-7-sonnet-20250219-v1:0", "2026-01-30", "2026-07-30", _MAY),
    Retirement("anthropic.claude-opus-4-20250514-v1:0", "2025-10-01", "2026-05-31", _MAY),
    Retirement("anthropic.claude-opus-4-1-20250805-v1:0", "2026-07-08", "2027-01-08", _OCTOBER),
    Retirement("anthropic.claude-sonnet-4-20250514-v1:0", "2026-04-14", "2026-10-14", _OCTOBER),
    Retirement("anthropic.claude-sonnet-4-5-20250929-v1:0", "2026-10-08", "2027-04-08", _OCTOBER),
    Retirement("cohere.command-r-v1:0", "2026-02-19", "2026-08-19", _OCTOBER),
    Retirement("cohere.command-r-plus-v1:0", "2026-02-19", "2026-08-19", _OCTOBER),
    Retirement("meta.llama3-1-405b-instruct-v1:0", "2026-01-07", "2026-07-07", _MAY),
    Retirement("meta.llama3-2-1b-instruct-v1:0", "2026-01-07", "2026-07-07", _MAY),
    Retirement("meta.llama3-2-3b-instruct-v1:0", "2026-01-07", "2026-07-07", _MAY),
    Retirement("meta.llama3-2-11b-instruct-v1:0", "2026-01-07", "2026-07-07", _MAY),
    Retirement("meta.llama3-2-90b-instruct-v1:0", "2026-01-07", "2026-07-07", _MAY),
    Retirement("twelvelabs.marengo-embed-2-7-v1:0", "2026-05-29", "2026-11-30", _OCTOBER),
)
RETIREMENTS = {row.model_id: row for row in _ROWS}

# what stands behind the id of a model that is bought as Provisioned Throughput
_VARIANT = re.compile(r"(?<=:\d):(\d+k?|mm)$")


def without_variant(model_id: str) -> str:
    """Return the id of a model without the context length of a variant, such as ``:28k``.

    https://docs.aws.amazon.com/bedrock/latest/userguide/prov-throughput.html
    """
    return _VARIANT.sub("", model_id)


def retirement_of(model_id: str) -> Retirement | None:
    """Return the announced end of life of a model, whose id may have a variant or lack its version."""
    base = without_variant(model_id)
    spellings = (base, f"{base}-v1:0", f"{base}-v2:0", f"{base}:0")
    return next((RETIREMENTS[each] for each in spellings if each in RETIREMENTS), None)
