"""List the oracles of signatures, tokens and policies."""

from __future__ import annotations

from collections.abc import Iterator

from tests.local import test_url_event
from tests.oracles import iam_cases, iam_differences, npm, sigv4_requests
from tests.support import store_policies, token_cases

from .oracle import Oracle, chromium, pinned, python


def authorizers() -> Iterator[Oracle]:
    """Yield what is held against signers, tokens and evaluators of policies."""
    sigv4 = sigv4_requests
    yield Oracle(
        "the local gateway's check of signatures",
        f"botocore's signer {python('botocore')}",
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
        f"PyJWT {python('pyjwt')}",
        f"{tokens} tokens; the authorizer also expects an issuer, an audience or a client, and a subject",
        "tests/unit/streaming_api_tools/local/gateway/authorizers/test_jwt.py",
        tuple(f"`{name}`: {why}" for name, why in {**token_cases.STRICTER, **token_cases.LAXER}.items()),
    )
    yield Oracle(
        "the local gateway's events of function URLs",
        f"Powertools for AWS Lambda {pinned('tests/pins/powertools.in', 'aws-lambda-powertools')}, its data "
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
        f"ministack {pinned('requirements-demo.txt', 'ministack')}",
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
        f"ministack {pinned('requirements-demo.txt', 'ministack')}, with IAM enforced",
        f"the life of a stream, and {len(store_policies.ALL)} actions for {roles} roles",
        "tests/store/test_iam.py",
        ("it takes `dynamodb:Attributes` from projections only, so an update of another attribute passes",),
    )
    yield Oracle(
        "kept streams that break off",
        f"Chromium {chromium()}, its `EventSource`; fetch-event-source; `useChat` of three majors",
        "a page that is cut in the middle of an event, or reloaded",
        "tests/store/test_event_source.py, tests/all_clients/resuming",
    )
