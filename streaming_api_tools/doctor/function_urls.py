"""Looks whether the Region has what the function URLs of an assembly need."""

from __future__ import annotations

import json
from pathlib import Path

from streaming_api_templates.template.lenient_json import mapping
from streaming_api_templates.template.url_regions import WITHOUT_FUNCTION_URLS

from .findings import CheckWarning, Skipped


def available(region: str, cdk_out: Path, cdk: str) -> str:
    """Say that a Region has function URLs, where the assembly has some.

    :raises CheckWarning: when Lambda's documentation says that it has none
    :raises Skipped: when the assembly has none
    """
    number = sum(
        mapping(resource).get("Type") == "AWS::Lambda::Url"
        for path in sorted(cdk_out.glob("*.template.json"))
        for resource in mapping(json.loads(path.read_text("utf-8")).get("Resources")).values()
    )
    if not number:
        raise Skipped(f"{cdk_out} has no function URL; run: {cdk} synth")
    if region in WITHOUT_FUNCTION_URLS:
        raise CheckWarning(
            f"Lambda's documentation lists {region} among the Regions without function URLs",
            "export AWS_REGION=us-east-1",
        )
    return f"{region} has them"
