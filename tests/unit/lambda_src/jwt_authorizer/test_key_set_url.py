"""The URL of a key set: HTTPS with a certificate that is trusted, and nothing else outside of tests."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from jwt_authorizer.key_set_url import check_url, read_url

from tests.support.servers import ScriptedServer, whole


def serving(authority: trustme.CA, body: bytes) -> ScriptedServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return ScriptedServer(whole(200, body), tls=context)


def test_key_set_url_is_read_over_tls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serving(authority, b"keys") as server:
        assert read_url(check_url(f"{server.url}/a/keys?b=1")) == b"keys"
    assert [request.target for request in server.requests] == ["/a/keys?b=1"]


def test_key_set_url_with_an_untrusted_certificate_gets_no_request() -> None:
    with serving(trustme.CA(), b"keys") as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            read_url(check_url(f"{server.url}/keys"))
        assert server.requests == []


@pytest.mark.parametrize(
    "url", ["http://issuer.example/keys", "http://127.0.0.1/keys", "file:///etc/passwd", "", "https:///keys"]
)
def test_key_set_url_must_be_https(url: str) -> None:
    with pytest.raises(ValueError, match="JWKS_URL must be an https URL"):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["http://issuer.example/keys", "http://127.0.0.1.example/keys", "http://10.0.0.1/keys"]
)
def test_key_set_url_on_loopback_is_no_other_machine(url: str) -> None:
    with pytest.raises(ValueError, match="JWKS_URL must be an https URL"):
        check_url(url, loopback=True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/keys", "http://[::1]:9/keys", "http://localhost/keys"])
def test_key_set_url_on_loopback_may_be_without_tls(url: str) -> None:
    assert check_url(url, loopback=True) == url
