"""Cases of rules/checks/stages.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, FORMAT, Case
from tests.unit.streaming_api_templates.rules.templates import GONE, STREAMING_LOG

CASES: list[Case] = [
    Case(
        "STREAM009",
        "caching for all methods",
        {
            "Stage.Properties.MethodSettings": [
                {"ResourcePath": "/*", "HttpMethod": "*", "CachingEnabled": True}
            ]
        },
        ("Stage", "Properties.MethodSettings.0.CachingEnabled"),
        "POST /chat",
    ),
    Case(
        "STREAM009",
        "caching for one of the methods that ANY stands for",
        {
            "Stage.Properties.MethodSettings": [
                {"ResourcePath": "/~1chat", "HttpMethod": "GET", "CachingEnabled": True}
            ],
            "Method.Properties.HttpMethod": "ANY",
            "Permission.Properties.SourceArn": GONE,
        },
        ("Stage", "Properties.MethodSettings.0.CachingEnabled"),
        "ANY /chat",
    ),
    Case(
        "STREAM009",
        "a cache cluster",
        {
            "Stage.Properties.CacheClusterEnabled": True,
            "Method.Properties.HttpMethod": "GET",
            "Permission.Properties.SourceArn": GONE,
        },
        ("Stage", "Properties.CacheClusterEnabled"),
        "GET /chat",
    ),
    Case(
        "STREAM033",
        "no access log",
        {"Stage.Properties.AccessLogSetting": GONE},
        ("Stage", "Properties.AccessLogSetting"),
        "nothing shows whether POST /chat streamed",
    ),
    Case(
        "STREAM033",
        "a stage without one that its deployment makes",
        {"Stage": GONE, "Deployment.Properties.StageName": "prod"},
        ("Deployment", "Properties.StageDescription.AccessLogSetting"),
        "no access log",
    ),
    Case(
        "STREAM027",
        "a log without the variables",
        {f"Stage.Properties.{FORMAT}": '{"id":"$context.requestId"}'},
        ("Stage", f"Properties.{FORMAT}"),
        "no $context.integration.responseTransferMode, $context.integration.timeToAllHeaders",
    ),
    *(
        Case(
            "STREAM037",
            f"a burst of {burst!r}",
            {"Stage.Properties.MethodSettings": [{"HttpMethod": "*", "ThrottlingBurstLimit": burst}]},
            ("Stage", "Properties.MethodSettings.0.ThrottlingBurstLimit"),
            f"ThrottlingBurstLimit is {burst}, which is no whole number",
        )
        for burst in (2.5, "0.5")
    ),
    Case(
        "STREAM037",
        "a burst in a stage that its deployment makes",
        {
            "Stage": GONE,
            "Deployment.Properties.StageName": "prod",
            "Deployment.Properties.StageDescription": {
                "AccessLogSetting": {"Format": STREAMING_LOG},
                "MethodSettings": [{"ThrottlingBurstLimit": 40}, {"ThrottlingBurstLimit": 1.5}],
            },
        },
        ("Deployment", "Properties.StageDescription.MethodSettings.1.ThrottlingBurstLimit"),
        "1.5",
    ),
    Case(
        "STREAM027",
        "a stage that its deployment makes",
        {
            "Stage": GONE,
            "Deployment.Properties.StageName": "prod",
            "Deployment.Properties.StageDescription": {"AccessLogSetting": {"Format": "$context.requestId"}},
        },
        ("Deployment", "Properties.StageDescription.AccessLogSetting.Format"),
        "no $context.integration.responseTransferMode",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM009: caching of another method": {
        "Stage.Properties.CacheClusterEnabled": True,
        "Stage.Properties.MethodSettings": [
            {"ResourcePath": "/items", "HttpMethod": "GET", "CachingEnabled": True}
        ],
    },
    "STREAM009: caching of all methods but this": {
        "Stage.Properties.MethodSettings": [
            {"ResourcePath": "/*", "HttpMethod": "*", "CachingEnabled": True},
            {"ResourcePath": "/chat", "HttpMethod": "POST", "CachingEnabled": False},
        ]
    },
    "STREAM033: no access log of an API that buffers": {
        **BUFFERED,
        "Stage.Properties.AccessLogSetting": GONE,
    },
    "STREAM037: whole numbers, a rate with a fraction, and what is not known": {
        "Stage.Properties.MethodSettings": [
            {"ThrottlingBurstLimit": burst, "ThrottlingRateLimit": 2.5}
            for burst in (40, 40.0, "40", {"Ref": "Burst"})
        ]
    },
    "STREAM037: a fraction in an API that buffers": {
        **BUFFERED,
        "Stage.Properties.MethodSettings": [{"ThrottlingBurstLimit": 2.5}],
    },
    "STREAM033: no stage": {"Stage": GONE},
    "STREAM027: an access log of an API that buffers": {
        **BUFFERED,
        "Stage.Properties.AccessLogSetting.Format": "$context.requestId",
    },
}
