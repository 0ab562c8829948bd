"""Reads the AWS configuration of the user, and makes the clients of the commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TypeVar
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.credentials import Credentials
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


#: Where credentials are asked for on a machine or in a container of AWS. None of them is behind a proxy: one
#: that answers gives the credentials of its own machine.
#: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html
METADATA_HOSTS = ("169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23")
METADATA_URLS = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


def find_credentials(session: Session) -> Credentials | None:
    """Return the credentials of the user, None when there are none; no proxy is asked for them.

    :raises BotoCoreError: when what is configured cannot be used
    """
    own = {urlsplit(os.environ.get(name, "")).hostname for name in METADATA_URLS} - {None}
    before = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    listed = before["no_proxy"] or before["NO_PROXY"] or ""
    if listed.strip() != "*":
        os.environ["no_proxy"] = ",".join(filter(None, [listed, *METADATA_HOSTS, *map(str, own)]))
    try:
        return session.get_credentials()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


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
        find_credentials(self._session)
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
