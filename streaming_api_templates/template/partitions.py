"""Name the partition of a Region.

https://docs.aws.amazon.com/general/latest/gr/rande.html
"""

from __future__ import annotations

import re

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


#: Names of Regions, as botocore's partitions.json has them for each partition.
REGION = re.compile(
    r"(?:us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso[bf]?|eu-isoe|eusc-de)-[a-z]+-[0-9]+", re.ASCII
)


def is_region(text: str) -> bool:
    """Tell whether a text has the form of a Region's name.

    >>> is_region("us-gov-west-1"), is_region("mars-1"), is_region("us-east")
    (True, False, False)
    """
    return bool(REGION.fullmatch(text))


def partition_of(region: str) -> str:
    """Return the partition that a Region belongs to."""
    return next((partition for start, partition in _PARTITIONS if region.startswith(start)), "aws")


def url_suffix(partition: str) -> str:
    """Return the domain of the endpoints of a partition."""
    return _URL_SUFFIXES.get(partition, "amazonaws.com")
