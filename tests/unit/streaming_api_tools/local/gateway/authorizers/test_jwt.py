"""Hold the verification of tokens against PyJWT's answers."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streaming_api_tools.local.gateway.authorizers.jwt import (
    ExpiredError,
    TokenError,
    check_claims,
    read_key_set,
    verified_claims,
)
from tests.support.token_cases import ALL_CASES, GOOD, NOW, POOL, check_verdict, pyjwts, stop_clock

KEYS = read_key_set(POOL.key_set())


def ours(token: str) -> bool:
    """Tell whether a token is good here."""
    try:
        check_claims(verified_claims(token, KEYS), NOW)
    except TokenError:
        return False
    return True


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_clock(monkeypatch)


@pytest.mark.parametrize("name", ALL_CASES)
def test_jwt_verdict_equals_pyjwt(name: str) -> None:
    check_verdict(name, ours)


def test_jwt_common_token_is_accepted() -> None:
    assert ours(GOOD)
    assert pyjwts(GOOD)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
TIME = st.integers(NOW - 5, NOW + 5) | st.floats(NOW - 5, NOW + 5) | JSON


@given(exp=TIME, nbf=TIME, sub=JSON)
def test_jwt_accepted_token_is_accepted_by_pyjwt(exp: object, nbf: object, sub: object) -> None:
    # PyJWT cuts the fraction off, which RFC 7519 allows in a NumericDate
    assume(not isinstance(exp, float) or not NOW < exp < NOW + 1)
    token = POOL.signed({"exp": exp, "nbf": nbf, "sub": sub})
    assert not ours(token) or pyjwts(token)


def test_jwt_expired_token_is_distinguished_from_invalid() -> None:
    with pytest.raises(ExpiredError):
        check_claims({"exp": 10}, 10)
    with pytest.raises(TokenError, match="not good before 20") as raised:
        check_claims({"exp": 30, "nbf": 20}, 10)
    assert not isinstance(raised.value, ExpiredError)


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS512"}, {"kid": 7}, {"kty": "EC"}])
def test_jwt_key_for_another_use_verifies_nothing(change: dict[str, object]) -> None:
    entry = {**json.loads(POOL.key_set())["keys"][1], **change}
    with pytest.raises(ValueError, match="key set with RSA keys"):
        read_key_set(json.dumps({"keys": [entry]}))


def test_jwt_key_without_optional_members_is_read() -> None:
    entry = json.loads(POOL.key_set())["keys"][1]
    least = {name: entry[name] for name in ("kty", "n", "e")}
    assert read_key_set(json.dumps({"keys": [least]}))
    for missing in least:
        with pytest.raises(ValueError, match="key set with RSA keys"):
            read_key_set(json.dumps({"keys": [{name: least[name] for name in least if name != missing}]}))
