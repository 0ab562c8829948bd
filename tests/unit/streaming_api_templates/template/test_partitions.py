"""The partition of a Region, against botocore's own table."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader

from streaming_api_templates.template.partitions import partition_of, url_suffix

PARTITIONS = Loader().load_data("partitions")["partitions"]
REGIONS = [
    (region, partition["partition"] if "partition" in partition else partition["id"], partition)
    for partition in PARTITIONS
    for region in partition["regions"]
    if "global" not in region
]


@pytest.mark.parametrize(("region", "name", "partition"), REGIONS, ids=[region for region, *_ in REGIONS])
def test_partition_of_region_equals_botocore(
    region: str, name: str, partition: dict[str, dict[str, str]]
) -> None:
    assert partition_of(region) == name
    assert url_suffix(name) == partition["outputs"]["dnsSuffix"]


def test_partition_of_unknown_region_is_aws() -> None:
    assert partition_of("xx-nowhere-1") == "aws"
