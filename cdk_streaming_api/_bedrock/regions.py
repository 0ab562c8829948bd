"""Check from which Regions an inference profile can be called, as AWS documented it on a date.

A row says where a profile *cannot* be called from, never where it can: which model has which profile is on
the model cards and in ListInferenceProfiles. Prefix and model are never put together to make an id.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from streaming_api_templates.template.partitions import partition_of

GLOBAL_PREFIX = "global"


class Prefix(NamedTuple):
    """A prefix of system-defined inference profiles.

    :param sources: patterns of the regions that can call such a profile, as wide as the geography.
    :param source: where that is from.
    """

    prefix: str
    sources: tuple[str, ...]
    source: str


PREFIXES_AS_OF = "2026-11-21"
_CARD = "model card of Claude Haiku 4.5 (model-card-anthropic-claude-haiku-4-5.html), geo inference details"
_ROWS = (
    Prefix("us-gov", ("us-gov-*",), "aws_bedrock_alpha.CrossRegionInferenceProfileRegion of CDK 2.275"),
    # the list of 2025 named some GovCloud source regions under us. (inference-profiles-support.html)
    Prefix("us", ("us-*", "ca-*"), _CARD),
    Prefix("eu", ("eu-*", "il-*"), f"{_CARD}; il-central-1: inference-profiles-support.html"),
    Prefix("jp", ("ap-northeast-1", "ap-northeast-3"), _CARD),
    Prefix("au", ("ap-southeast-2", "ap-southeast-4", "ap-southeast-6"), _CARD),
    Prefix("in", ("ap-south-*",), "model card of Claude Haiku 4.5, as projects quote it since 2026-10"),
    Prefix("apac", ("ap-*", "me-*"), "inference-profiles-support.html; me-central-1 is a source region"),
    Prefix("ca", ("ca-*",), "GetInferenceProfile in ca-central-1, as projects quote it since 2026-09"),
    Prefix(GLOBAL_PREFIX, ("*",), "global-cross-region-inference.html: commercial regions only"),
)
PREFIXES = {row.prefix: row for row in _ROWS}


def check_prefix(model_id: str, prefix: str, region: str) -> None:
    """Refuse an inference profile that cannot be called from a region.

    Nothing is said about prefixes and partitions that the table does not know.

    :param model_id: the profile, for the message.
    :param prefix: its prefix, without the dot.
    :param region: where the call is made.
    :raises ValueError: with the prefixes of the region, and the id that is probably meant, as a hint.
    """
    partition = partition_of(region)
    if prefix not in PREFIXES or partition not in ("aws", "aws-us-gov") or _callable(prefix, region):
        return
    here = [row.prefix for row in _ROWS if _callable(row.prefix, region)]
    profile = model_id.rpartition("/")[2]
    raise ValueError(
        f"inference profile '{profile}' cannot be called from {region}, where ids begin with "
        f"{' or '.join(f'{name}.' for name in here)}; probably it is '{here[0]}{profile[len(prefix) :]}', "
        f"which 'aws bedrock list-inference-profiles --region {region}' tells"
    )


def _callable(prefix: str, region: str) -> bool:
    if prefix == GLOBAL_PREFIX and partition_of(region) != "aws":
        return False
    return any(fnmatchcase(region, pattern) for pattern in PREFIXES[prefix].sources)
