"""What the commands read from the AWS configuration of whoever runs them."""

from __future__ import annotations

import os

from botocore.session import Session


def configured_region(session: Session) -> str | None:
    """Return the region that the environment or the profile configures.

    The CDK and the other SDKs read ``AWS_REGION`` first; botocore reads only ``AWS_DEFAULT_REGION``.
    """
    return os.environ.get("AWS_REGION") or session.get_config_variable("region")
