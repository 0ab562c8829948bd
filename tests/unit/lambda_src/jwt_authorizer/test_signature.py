"""The signature: the same cases as the local gateway's verification, held against PyJWT, and the key sets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt_authorizer.claims import Expected, check_claims
from jwt_authorizer.signature import RsaKey, TokenError, read_key_set, verified_claims

from tests.support.token_cases import ALL_CASES, GOOD, NOW, POOL, check_verdict, pyjwts, stop_clock
from tests.support.user_pool import UserPool, number

KEYS = read_key_set(POOL.key_set().encode())
EXPECTED = Expected("https://issuer", client_ids=("app",))
#: name -> why the bundled authorizer is stricter than PyJWT without an issuer and an audience
EXPECTS_MORE = {
    "no_iss": "the issuer is one that is expected",
    "no_sub": "RFC 9068, section 2.2: an access token has a subject, who is the principal",
    "sub_empty": "as above",
    **{f"aud_{kind}": "no audience is expected" for kind in ("null", "number", "list", "object", "empty")},
}
ENTRY = json.loads(POOL.key_set())["keys"][1]


def ours(token: str) -> bool:
    """Tell whether a token is good here."""
    try:
        check_claims(verified_claims(token, KEYS.get), EXPECTED, NOW)
    except TokenError:
        return False
    return True


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_clock(monkeypatch)


@pytest.mark.parametrize("name", ALL_CASES)
def test_token_verdict_equals_pyjwt(name: str) -> None:
    check_verdict(name, ours, EXPECTS_MORE)


def test_token_common_one_is_accepted() -> None:
    assert ours(GOOD)
    assert pyjwts(GOOD)


@given(text=st.text(alphabet="abAB-_.=+/ e0\n\u00e9", max_size=40))
def test_token_arbitrary_text_is_refused_by_name(text: str) -> None:
    with pytest.raises(TokenError):
        verified_claims(text, KEYS.get)


@given(at=st.integers(0, len(GOOD) - 1), to=st.sampled_from("abcXYZ019-_.=!"))
def test_token_with_one_other_character_is_refused(at: int, to: str) -> None:
    changed = GOOD[:at] + to + GOOD[at + 1 :]
    assert ours(changed) is (changed == GOOD)


def test_token_with_another_algorithm_asks_for_no_key() -> None:
    asked: list[str] = []

    def find(kid: str) -> RsaKey | None:
        asked.append(kid)
        return None

    for header in ({"alg": "none"}, {"alg": "HS256"}, {"crit": ["exp"]}):
        with pytest.raises(TokenError):
            verified_claims(POOL.signed({}, **header), find)
    assert asked == []


def test_token_error_shows_no_part_of_the_token() -> None:
    for token in (GOOD[:-1], UserPool().signed({"sub": "me"}), POOL.signed({"sub": "me"}, kid="x\n\x1b[2J")):
        with pytest.raises(TokenError) as raised:
            verified_claims(token, KEYS.get)
        assert str(raised.value).isprintable()
        assert not any(part in str(raised.value) for part in token.split(".") if len(part) > 20)


@pytest.mark.parametrize("size", [1024, 2047])
def test_key_set_short_key_verifies_nothing(size: int) -> None:
    with pytest.raises(ValueError, match="RSA keys of 2048 bits or more"):
        read_key_set(UserPool(size=size).key_set().encode())


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_key_set_long_key_verifies(size: int) -> None:
    pool = UserPool(size=size)
    keys = read_key_set(pool.key_set().encode())
    assert verified_claims(pool.token({"sub": "me"}), keys.get)["sub"] == "me"


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"alg": "RS512"},
        {"kid": 7},
        {"kty": "EC"},
        {"kty": "oct", "k": "AAAA"},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"n": 5},
        {"n": "!"},
        {"e": None},
        {"e": number(1)},
        {"e": number(4)},
        {"e": number(2**64 + 1)},
        {"n": number(2**2048)},
        {"n": number(2**8192 + 1)},
    ],
)
def test_key_set_other_key_verifies_nothing(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="RSA keys"):
        read_key_set(json.dumps({"keys": [{**ENTRY, **change}]}).encode())


def test_key_set_least_key_is_read() -> None:
    least = {name: ENTRY[name] for name in ("kty", "n", "e")}
    assert read_key_set(json.dumps({"keys": [least]}).encode()).keys() == {""}
    for missing in least:
        short = {name: least[name] for name in least if name != missing}
        with pytest.raises(ValueError, match="RSA keys"):
            read_key_set(json.dumps({"keys": [short]}).encode())


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"keys": 1}', b'{"keys": [1]}', b"\xff", b"[" * 100_000]
)
def test_key_set_other_document_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_key_set(text)
