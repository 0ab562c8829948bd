"""The grammar against the Bedrock API's own pattern of ``modelId``, taken from botocore's service model."""

from __future__ import annotations

import re

import botocore.session
import pytest
from bedrock_iam_docs import EXAMPLES
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdk_streaming_api._bedrock.model_id import ARN_FORMS, MAX_LENGTH, ArnForm, BedrockModelKind, parse
from cdk_streaming_api._bedrock.regions import PREFIXES

_SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
_SHAPES = {
    operation: _SERVICE.operation_model(operation).input_shape.members["modelId"].metadata
    for operation in ("ConverseStream", "InvokeModelWithResponseStream")
}
CONVERSE = re.compile(_SHAPES["ConverseStream"]["pattern"])
INVOKE = re.compile(_SHAPES["InvokeModelWithResponseStream"]["pattern"])

# every reason to refuse an id that the API's pattern lets through; a refusal for any other reason is a bug
REASONS = (
    "is of no kind that Bedrock runs",  # arn: and characters of [a-zA-Z0-9-:.]+ that make no ARN
    "has the partition",  # the pattern's aws(-[^:]+)? has room for anything
    "is not how Bedrock writes ids",  # capitals
    "has no provider",  # a name says no resource, so no policy can name it
    "is neither a base model",
    "names no model after",
    "has no geographic prefix",
    "has the unknown inference profile prefix",
    "has the id of an inference profile",
)


def accepted_by_the_api(model_id: str) -> bool:
    return len(model_id) <= MAX_LENGTH and bool(CONVERSE.fullmatch(model_id) or INVOKE.fullmatch(model_id))


def refusal(model_id: str) -> str | None:
    """Return why the grammar refuses an id; None when it does not."""
    try:
        parse(model_id)
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize("operation", _SHAPES)
def test_model_id_max_length_equals_service_model(operation: str) -> None:
    assert (_SHAPES[operation]["min"], _SHAPES[operation]["max"]) == (1, MAX_LENGTH)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.from_regex(CONVERSE, fullmatch=True), st.from_regex(INVOKE, fullmatch=True)))
def test_model_id_accepted_by_bedrock_is_parsed_or_refused_for_known_reason(model_id: str) -> None:
    reason = refusal(model_id)
    if reason is None:
        assert parse(model_id).model_id == model_id
    else:
        assert len(model_id) > MAX_LENGTH or any(known in reason for known in REASONS), reason


def _arns(form: ArnForm) -> st.SearchStrategy[str]:
    account = "" if form.kind is BedrockModelKind.FOUNDATION_MODEL else "111122223333"
    partition = (
        st.just("aws") if form.service == "sagemaker" else st.sampled_from(["aws", "aws-us-gov", "aws-cn"])
    )
    region = st.from_regex("[a-z0-9-]{1,20}", fullmatch=True)
    resource = st.from_regex(form.pattern, fullmatch=True)
    return st.builds(
        lambda p, r, i: f"arn:{p}:{form.service}:{r}:{account}:{form.resource_type}/{i}",
        partition,
        region,
        resource,
    )


_IDS = st.from_regex("[a-z0-9-]{1,12}([.:][a-z0-9-]{1,12}){1,4}", fullmatch=True)
_PROFILES = st.builds("{}.{}".format, st.sampled_from(list(PREFIXES)), _IDS)


@settings(max_examples=300, deadline=None)
@given(st.one_of(*map(_arns, ARN_FORMS), _IDS, _PROFILES))
@example("us.amazon.nova-lite-v1:0")
def test_model_id_accepted_by_parse_is_accepted_by_bedrock(model_id: str) -> None:
    assert accepted_by_the_api(model_id) or refusal(model_id)


@st.composite
def _damaged(draw: st.DrawFn) -> str:
    """A legal id with a character more, less or other: what a person mistypes."""
    text = draw(st.sampled_from([target.reference.model_id for target in EXAMPLES.values()]))
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.text(max_size=2)) + text[at + draw(st.integers(0, 2)) :]


@settings(max_examples=300, deadline=None)
@given(_damaged())
@example("amazon.nova-lite-v1:0\n")
def test_model_id_refused_by_bedrock_is_refused_by_parse(model_id: str) -> None:
    assert accepted_by_the_api(model_id) or refusal(model_id)


def test_model_id_examples_match_pattern_of_converse_and_invoke() -> None:
    ids = [target.reference.model_id for target in EXAMPLES.values()]
    assert [
        model_id for model_id in ids if not (CONVERSE.fullmatch(model_id) and INVOKE.fullmatch(model_id))
    ] == []
