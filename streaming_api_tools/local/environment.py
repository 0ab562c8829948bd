"""The environment variables that a function sees.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from .model import Function

#: What a function gets instead of the credentials of its role.
LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
#: What is passed on when a function is to call the real AWS: how boto3 finds credentials, and the way out.
OF_THE_USER = ("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def users_credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the user's environment from which boto3 takes credentials."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(OF_THE_USER) or name in ("HOME", "SSL_CERT_FILE")
    }


def lambda_environment(
    function: Function, runtime_api: str, region: str, path: str, extra: Mapping[str, str]
) -> dict[str, str]:
    """Return the whole environment of a function.

    :param runtime_api: host:port of the Runtime API
    :param path: the PATH of the gateway
    :param extra: credentials and endpoints
    """
    libraries = [layer / "python" for layer in reversed(function.layers)]
    return {
        "PATH": path,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        # a checkout stays clean, and an asset stays what it was hashed as
        "PYTHONDONTWRITEBYTECODE": "1",
        **function.environment,
        **extra,
        "PYTHONPATH": os.pathsep.join(
            [*map(str, libraries), *filter(None, [function.environment.get("PYTHONPATH")])]
        ),
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(function.code),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
    }
