"""Build the environment variables of a function.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from ..application import Function

#: The credentials that a function gets instead of the credentials of its role.
LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
#: The home of the user who runs functions in Lambda, for a user whom this machine does not know, as in a
#: container that was given a number. In Lambda there is neither the folder nor the variable.
HOME = "/home/sbx_user1051"
#: The names of an API, for servers that validate them -> those by which it is called here, in the form of the
#: MCP SDKs, which know an asterisk for the port.
NAMES_HERE = {"MCP_ALLOWED_HOSTS": "127.0.0.1:* localhost:* [::1]:*"}
#: What is passed on when a function is to call the real AWS: how boto3 finds credentials, and the way out.
OF_THE_USER = ("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def users_credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the user's environment from which boto3 takes credentials."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(OF_THE_USER) or name in ("HOME", "SSL_CERT_FILE")
    }


def environment_of_the_gateway(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a function may see of the gateway's own environment."""
    seen = {"PATH": environ.get("PATH", os.defpath)}
    if not _user_is_known():
        # Node ends when it asks for the home of a user whom the machine does not know, as the SDK does
        seen["HOME"] = HOME
    return seen


def _user_is_known() -> bool:
    if sys.platform == "win32":
        return True
    import pwd

    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    return True


def lambda_environment(
    function: Function,
    runtime_api: str,
    region: str,
    base: Mapping[str, str],
    runtime: Mapping[str, str],
    extra: Mapping[str, str],
) -> dict[str, str]:
    """Return the whole environment of a function.

    :param runtime_api: host:port of the Runtime API
    :param base: what the function may see of the gateway's own environment, at least its PATH
    :param runtime: what the runtime of the function needs
    :param extra: credentials and endpoints
    """
    # Lambda has the directories of all layers in one, /opt
    layers = list(reversed(function.layers))
    libraries = [str(d / "lib") for d in (function.code, *layers) if (d / "lib").is_dir()]
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **base,
        "PATH": os.pathsep.join([*(str(layer / "bin") for layer in layers), base.get("PATH", os.defpath)]),
        **({"LD_LIBRARY_PATH": os.pathsep.join(libraries)} if libraries else {}),
        **function.environment,
        **{
            name: f"{function.environment[name]} {here}"
            for name, here in NAMES_HERE.items()
            if name in function.environment
        },
        **extra,
        **runtime,
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
