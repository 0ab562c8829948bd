"""Reads the AWS configuration of the user, and makes the clients of the commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import TypeVar

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    InvalidRegionError,
    ProfileNotFound,
)
from botocore.session import Session
from botocore.utils import validate_region_name

from .errors import CouldNotRun

#: Used where no Region is configured, for operations that every Region answers.
ANY_REGION = "us-east-1"
#: Seconds and attempts: commands that say soon that they cannot reach AWS.
PATIENCE = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 2})

Client = TypeVar("Client")


def configured_region(session: Session) -> str | None:
    """Return the region that the environment or the profile configures.

    The CDK and the other SDKs read ``AWS_REGION`` first; botocore reads only ``AWS_DEFAULT_REGION``.

    :raises CouldNotRun: when the configured name is not that of a Region
    :raises ProfileNotFound: when there is no such profile
    """
    region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    try:
        if region:
            validate_region_name(region)
    except InvalidRegionError as failure:
        raise CouldNotRun(str(failure)) from failure
    return region


class Account:
    """The account and the Region that the environment leads to; clients are made on first use.

    :param region: Default: - the configured one
    """

    def __init__(self, region: str | None = None) -> None:
        self._session = Session()
        # a session makes one client at a time: it is not safe in threads, as its clients are
        self._making = Lock()
        self._opened = ExitStack()
        self.region = region
        # a missing profile is reported by the first client
        try:
            with suppress(ProfileNotFound):
                self.region = region or configured_region(self._session)
        except ConfigParseError as failure:
            raise CouldNotRun(str(failure)) from failure

    def client(self, kind: type[Client], service: str, *, read_timeout: float | None = None) -> Client:
        """Return a client of a service, typed as the protocol of the operations in use.

        :param read_timeout: seconds of silence after which a request is given up, without another attempt
        """
        config = PATIENCE
        if read_timeout is not None:
            config = Config(connect_timeout=5, read_timeout=read_timeout, retries={"total_max_attempts": 1})
        with self._making:
            made = self._session.create_client(service, region_name=self.region or ANY_REGION, config=config)
            self._opened.callback(made.close)
        return made  # type: ignore[no-any-return]

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *failure: object) -> None:
        """Close the connections."""
        self._opened.close()


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn a failed request to AWS into a one-line error.

    :raises CouldNotRun: with ``what``, which could not be found out, and the reason
    """
    try:
        yield
    except (BotoCoreError, ClientError) as failure:
        raise CouldNotRun(f"{what}: {failure}") from failure
