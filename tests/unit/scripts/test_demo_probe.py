"""Ask the demo's stand-in whether it is ready, on a machine with a proxy."""

from __future__ import annotations

import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import distributions
import pytest
from demo import is_healthy


class Healthy(BaseHTTPRequestHandler):
    """A stand-in that is ready."""

    def do_GET(self) -> None:
        """Answer 200, to its health only."""
        self.send_response(200 if self.path == "/_ministack/health" else 404)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_demo_health_check_bypasses_the_proxy(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert is_healthy(endpoint)
    assert not is_healthy("http://127.0.0.1:9")


def test_sdist_is_unpacked_by_a_python_without_extraction_filters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdist = tmp_path / "x.tar.gz"
    (tmp_path / "file").write_text("x")
    with tarfile.open(sdist, "w:gz") as archive:
        archive.add(tmp_path / "file", "x/file")

    def extractall(self: tarfile.TarFile, path: Path) -> None:
        """Take no ``filter``, as Python 3.11.2 does; that of Python 3.14 has one by default."""
        for member in self.getmembers():
            (path / member.name).parent.mkdir(exist_ok=True)
            (path / member.name).write_bytes(self.extractfile(member).read())  # type: ignore[union-attr]

    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    monkeypatch.setattr(tarfile.TarFile, "extractall", extractall)
    distributions.unpack(sdist, tmp_path)
    assert (tmp_path / "x" / "file").read_text() == "x"


def test_date_of_the_commit_is_read_from_the_checkout_of_somebody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = distributions.date_of_the_commit()
    # how git's own tests take its owner for another one
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert distributions.date_of_the_commit() == own


def test_date_of_the_commit_without_git_is_asked_for_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="git is not installed; set SOURCE_DATE_EPOCH"):
        distributions.date_of_the_commit()
