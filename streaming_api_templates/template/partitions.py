"""Name the partition of a Region.

https://docs.aws.amazon.com/general/latest/gr/rande.html
"""

from __future__ import annotations

#: Beginning of the Regions of each partition other than ``aws``.
_PARTITIONS = (
    ("us-gov-", "aws-us-gov"),
    ("cn-", "aws-cn"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
#: ``AWS::URLSuffix`` of each partition where it is not ``amazonaws.com``; botocore's partitions.json.
_URL_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}


def partition_of(region: str) -> str:
    """Return the partition that a Region belongs to."""
    return next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")


def url_suffix(partition: str) -> str:
    """Return the domain of the endpoints of a partition."""
    return _URL_SUFFIXES.get(partition, "amazonaws.com")
