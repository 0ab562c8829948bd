"""The token in a request, and the answer to API Gateway."""

from __future__ import annotations

import pytest
from jwt_authorizer.claims import Caller
from jwt_authorizer.decision import answer, bearer_token

METHOD = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/POST/mcp"


@pytest.mark.parametrize("header", ["Bearer a.b-_~+/c==", "bearer a.b-_~+/c==", "BEARER   a.b-_~+/c==  "])
def test_bearer_token_is_read_in_every_case_of_its_scheme(header: str) -> None:
    assert bearer_token({"authorizationToken": header}) == "a.b-_~+/c=="


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"authorizationToken": None},
        *(
            {"authorizationToken": header}
            for header in (
                "",
                "a.b.c",
                "Bearer",
                "Bearer ",
                "Basic a.b.c",
                "Bearer a b",
                "Bearer a,b",
                "Bearer\ta",
            )
        ),
        {"authorizationToken": "Bearer a\n"},
        {"authorizationToken": "Bearer \u00e9"},
        {"headers": {"Authorization": "Bearer a.b.c"}},
        {"queryStringParameters": {"access_token": "a.b.c"}},
    ],
)
def test_bearer_token_of_another_request_is_none(event: dict[str, object]) -> None:
    assert bearer_token(event) is None


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_answer_is_of_one_method_and_names_the_caller(effect: str) -> None:
    assert answer(Caller("me", "app", ("a", "b")), METHOD, effect) == {
        "principalId": "me",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": METHOD}],
        },
        "context": {"client_id": "app", "scope": "a b"},
    }


def test_answer_leaves_out_what_the_token_does_not_say() -> None:
    assert answer(Caller("me", "", ()), METHOD, "Allow")["context"] == {}
