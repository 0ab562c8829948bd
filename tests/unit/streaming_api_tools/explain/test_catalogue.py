"""Hold the catalogue to the texts that it was made for, and to saying nothing about others."""

from __future__ import annotations

import json
import random
import string
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from streaming_api_tools.explain.catalogue import KnownIssue, catalogue
from streaming_api_tools.explain.match import find
from streaming_api_tools.explain.phrases import compile_phrase

#: Public texts -> the entry that explains each: those that were asked for, siblings that the catalogue was
#: not made from, and texts that fit several entries or come near one -> the candidates.
COLLECTED = json.loads((Path(__file__).parent / "collected.json").read_text("utf-8"))
ASKED, SIBLINGS, CANDIDATES = COLLECTED["asked"], COLLECTED["siblings"], COLLECTED["candidates"]
ISSUES = catalogue().issues
TEXTS = [(issue.id, text) for issue in ISSUES for text in issue.texts]
DESCRIBED = [(issue.id, text) for issue in ISSUES for text in issue.described]
#: Bytes of noise, as a log that was piped by mistake.
NOISE = 3_000_000


def explained(text: str) -> list[tuple[str, bool]]:
    return [(found.issue.id, found.sure) for found in find(text.splitlines())]


@pytest.mark.parametrize(("issue", "text"), TEXTS)
def test_explain_collected_text_matches_its_entry_alone(issue: str, text: str) -> None:
    assert explained(text) == [(issue, True)]


@pytest.mark.parametrize("text", [text for _, text in TEXTS])
def test_explain_collected_text_matches_in_other_quotes_case_and_lines(text: str) -> None:
    changed = text.replace("'", "\u2019").replace('"', '\\"').upper()
    words = changed.split(" ")
    wrapped = "\n".join(" ".join(words[place : place + 5]) for place in range(0, len(words), 5))
    assert explained(wrapped) == explained(text)


@pytest.mark.parametrize(("issue", "text"), DESCRIBED)
def test_explain_description_has_its_entry_among_candidates(issue: str, text: str) -> None:
    assert issue in [found for found, _ in explained(text)]


@pytest.mark.parametrize(("text", "issue"), [*ASKED.items(), *SIBLINGS.items()])
def test_explain_public_text_matches_the_right_entry(text: str, issue: str) -> None:
    assert explained(text) == [(issue, True)]


def test_explain_every_reported_text_has_an_independent_sibling() -> None:
    assert len(ASKED) == 42
    known = {text for _, text in (*TEXTS, *DESCRIBED)}
    assert not known & set(SIBLINGS)
    assert len(SIBLINGS) >= 42


@pytest.mark.parametrize("text", CANDIDATES)
def test_explain_near_miss_has_only_candidates(text: str) -> None:
    assert explained(text) == [(issue, False) for issue in CANDIDATES[text]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "BUFFERED",
        "STREAM",
        "RESPONSE_STREAM",
        "timeout",
        "error",
        "504",
        "CloudFront",
        "nginx",
        "CORS",
        "the answer is 42",
        "something entirely else",
        "200 OK",
        "INFO request done in 20 ms",
        "INFO done in 504 ms, 413 bytes, 429 of 1000",
        "START RequestId: 1 Version: $LATEST",
        "REPORT RequestId: 1 Duration: 12.00 ms Billed Duration: 13 ms Init Duration: 214.27 ms",
        "Trailer: Lambda-Runtime-Function-Error-Typed",
        '{"terminatingRuleId":"Default_Action","action":"ALLOW"}',
        "How do I deploy a function with the CDK in Python?",
        "The model answered the user in the stream",
    ],
)
def test_explain_text_that_is_not_an_error_has_no_match(text: str) -> None:
    assert explained(text) == []


def noise(kind: str, dice: random.Random) -> list[str]:
    """Return lines that mean nothing."""
    words = [
        "error",
        "timeout",
        "status",
        "gateway",
        "BUFFERED",
        "STREAM",
        "body",
        "failed",
        "504",
        "200",
        "OAC",
        "nginx",
        "key",
        "the",
        "is",
    ]
    letters = string.ascii_letters + string.digits + "+/ "
    lines = NOISE // 100
    made: dict[str, Callable[[], str]] = {
        "base64": lambda: "".join(dice.choices(letters, k=100)),
        "words": lambda: " ".join(dice.choices(words, k=14)),
        "unicode": lambda: "".join(chr(dice.randrange(32, 0x3000)) for _ in range(100)),
        "access log": lambda: (
            f'10.0.0.{dice.randrange(255)} "POST /prod/chat" {dice.randrange(200, 599)} CloudFront'
        ),
    }
    return [made[kind]() for _ in range(lines)]


@pytest.mark.parametrize("kind", ["base64", "words", "unicode", "access log"])
def test_explain_noise_of_three_megabytes_has_no_match_within_two_seconds(kind: str) -> None:
    lines = noise(kind, random.Random(7))
    # of this process alone: the machine may be busy
    started = time.process_time()
    assert find(lines) == []
    assert time.process_time() - started < 2


def test_explain_catalogue_entries_are_complete() -> None:
    ids = [issue.id for issue in ISSUES]
    assert len(set(ids)) == len(ids)
    for issue in ISSUES:
        assert issue.section in catalogue().sections, issue.id
        assert all((issue.title, issue.cause, issue.fix, issue.sources, issue.patterns)), issue.id
        assert issue.texts, issue.id
        assert all(source.startswith("https://") for source in issue.sources), issue.id
        assert set(issue.rather_than) <= set(ids) - {issue.id}, issue.id
        assert len({*issue.patterns, *issue.perhaps}) == len(issue.patterns) + len(issue.perhaps), issue.id


def test_explain_catalogue_sections_are_used_and_entries_in_order() -> None:
    order = list(catalogue().sections)
    found = [order.index(issue.section) for issue in ISSUES]
    assert found == sorted(found)
    assert set(found) == set(range(len(order)))


@pytest.mark.parametrize("issue", ISSUES, ids=lambda issue: issue.id)
def test_explain_catalogue_phrase_is_more_than_a_common_word(issue: KnownIssue) -> None:
    for phrase in (*issue.patterns, *issue.perhaps):
        assert compile_phrase(phrase)
        if phrase.isalpha():
            # the name of an exception or of a status, such as ExpiredToken or ECONNREFUSED
            assert phrase[1:] != phrase[1:].lower(), phrase


def test_explain_catalogue_texts_are_plain() -> None:
    for issue in ISSUES:
        for text in (issue.title, issue.cause, issue.fix):
            assert text == text.strip(), issue.id
            assert all(unicodedata.category(each)[0] != "C" for each in text), issue.id
