"""What the CDK notes about constructs: where they are, their warnings and acknowledgments."""

from __future__ import annotations

from streaming_api_templates.template.cdk_metadata import STREAM_NOTE, Notes, path_of, reactions

RULE = "STREAM008"
ACKNOWLEDGED = {"type": "aws:cdk:acknowledged-rules", "data": {f"StreamingRules::{RULE}": "it is slow"}}
WARNING = {"type": "aws:cdk:warning", "data": f"the timeouts differ [ack: StreamingRules::{RULE}]"}


def reacted(notes: Notes, path: str | None = "Stack/Api/chat/POST") -> tuple[str | None, bool]:
    """Return what an app says of the rule."""
    return reactions(notes, path, RULE)


def test_reaction_to_a_finding_is_found_on_the_construct_and_on_all_that_it_is_in() -> None:
    for path in ("/Stack/Api/chat/POST", "/Stack/Api/chat", "/Stack/Api", "/Stack"):
        assert reacted({path: [ACKNOWLEDGED]}) == ("it is slow", False)
        assert reacted({path: [WARNING]}) == (None, True)
    for elsewhere in ("/Stack/Api/chat/POST/Default", "/Stack/Ap", "/"):
        assert reacted({elsewhere: [ACKNOWLEDGED, WARNING]}) == (None, False)


def test_reaction_to_a_finding_of_the_innermost_construct_counts() -> None:
    inner = {"type": "aws:cdk:acknowledged-rules", "data": {f"StreamingRules::{RULE}": "closer"}}
    assert reacted({"/Stack": [ACKNOWLEDGED], "/Stack/Api": [inner]}) == ("closer", False)


def test_reaction_to_a_finding_may_be_that_of_the_stream_which_defined_the_method() -> None:
    notes: Notes = {
        "/Stack/Api/chat/POST": [{"type": STREAM_NOTE, "data": "Stack/Streams/Chat"}],
        "/Stack/Streams": [ACKNOWLEDGED],
    }
    assert reacted(notes) == ("it is slow", True)


def test_reaction_to_a_finding_of_no_construct_is_none() -> None:
    assert reacted({"/Stack": [ACKNOWLEDGED, WARNING]}, None) == (None, False)
    assert reacted({"/Stack": [{"type": "aws:cdk:warning", "data": "another"}]}) == (None, False)


def test_path_of_a_logical_id_is_that_of_its_construct() -> None:
    notes: Notes = {"/Stack/Api": [{"type": "aws:cdk:logicalId", "data": "Api1"}], "/Stack": ["no note"]}
    assert path_of(notes, "Api1") == "Stack/Api"
    assert path_of(notes, "Other") is None
