"""Make the clients of the commands from several threads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from botocore.session import Session

from streaming_api_tools.aws import Account


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """Return an account with keys."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    return Account("eu-west-1")


def test_account_client_leaves_the_environment_alone(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    find = Session.get_credentials

    def noting(session: Session) -> object:
        seen.append(dict(os.environ))
        return find(session)

    monkeypatch.setattr(Session, "get_credentials", noting)
    before = dict(os.environ)
    with account:
        account.client(object, "lambda")
    # another thread that reads it meets no name that is about to go
    assert seen
    assert all(each == before for each in seen)


def test_account_makes_one_client_at_a_time(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    create, meeting, met = Session.create_client, Barrier(2), []

    def noting(*arguments: object, **options: object) -> object:
        with suppress(BrokenBarrierError):
            meeting.wait(0.2)
            met.append(True)
        return create(*arguments, **options)

    monkeypatch.setattr(Session, "create_client", noting)
    with account, ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: account.client(object, "lambda"), range(2)))
    assert len(made) == 2
    assert not met
