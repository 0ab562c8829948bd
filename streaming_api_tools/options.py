"""Defines the options that all commands which call an API share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import click

from .client.moments import HTTP_1_1, HTTP_VERSIONS
from .client.sigv4 import CLOUDFRONT, ContentHash, NotSigned, RequestSigner, service_of, signer_for
from .errors import CouldNotRun
from .loopback import is_loopback

if TYPE_CHECKING:
    _TextType = click.ParamType[str]
else:
    # generic for type checkers only: the oldest click that is allowed has no type parameter
    _TextType = click.ParamType

PORT = r"[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
#: Without a user and a password: they would be sent in the place of a signature.
URL = re.compile(rf"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?:{PORT}))?(?:[/?][!-~]*)?")
#: A header: https://www.rfc-editor.org/rfc/rfc9110#section-5.1, and section 5.5
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def parse_headers(ctx: click.Context, param: click.Parameter, lines: tuple[str, ...]) -> dict[str, str]:
    """Return the headers of ``NAME:VALUE`` options.

    :raises click.BadParameter: for one without a name or a colon
    """
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not NAME.fullmatch(name.strip()):
            raise click.BadParameter(f"{line!r} is not NAME:VALUE")
        if not VALUE.fullmatch(value.strip()):
            raise click.BadParameter(
                f"the value of {name.strip()} has a control character, such as a line end"
            )
        headers[name.strip()] = value.strip()
    return headers


#: How requests say who sends them, beside SigV4 -> the environment variable of the secret, and its header.
#: A variable, because the command line of a process is there for everybody on the machine to read.
SECRETS = {
    "bearer": ("STREAMING_API_TOKEN", "Authorization", "Bearer {}"),
    "api-key": ("STREAMING_API_KEY", "x-api-key", "{}"),
}

#: Headers that are as good as a password.
CREDENTIALS = {"authorization", "cookie", "x-api-key", "x-amz-security-token"}

AUTH = click.option(
    "--auth",
    type=click.Choice(["auto", "iam", "bearer", "api-key", CLOUDFRONT, "none"]),
    default="auto",
    show_default=True,
    help="Sign with SigV4 (iam), or when credentials are found (auto); send $STREAMING_API_TOKEN (bearer) or"
    " $STREAMING_API_KEY (api-key); the hash of the body, for a function URL behind CloudFront (cloudfront);"
    " or nothing (none).",
)
REGION = click.option("--region", help="Region to sign for.  [default: the host name's, else AWS_REGION]")
HEADERS = click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME:VALUE",
    callback=parse_headers,
    help="Send a header; may be repeated.",
)


#: In ``click.Context.meta``: whether credentials may go over plain http without a word.
ALLOW_HTTP = f"{__name__}.allow_http"
HTTP = click.option(
    "--allow-http",
    is_flag=True,
    expose_value=False,
    callback=lambda ctx, param, value: ctx.meta.__setitem__(ALLOW_HTTP, value),
    help="Send credentials over http to another machine without a warning.",
)


def calling_an_api(command: Decorated) -> Decorated:
    """Give a command ``--auth``, ``--region``, ``--header`` and ``--allow-http``."""
    return AUTH(REGION(HEADERS(HTTP(command))))


#: HTTP/1.1 is what the SDKs for Python and Node's fetch speak by default. It has no flow control of its own,
#: which could hold an answer, and the figures stay comparable with earlier ones.
HTTP_VERSION = click.option(
    "--http-version",
    type=click.Choice(HTTP_VERSIONS),
    default=HTTP_1_1,
    show_default=True,
    help="Speak HTTP/1.1 or HTTP/2; auto is HTTP/2 where the server offers it over TLS, as in browsers.",
)


def with_scheme(text: str) -> str:
    """Return a hint for a URL that lacks its scheme, else an empty text.

    >>> with_scheme("abc123.execute-api.eu-west-1.amazonaws.com/prod/")
    "; did you mean 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod/'?"
    >>> with_scheme("localhost:3000/prod/probe"), with_scheme("no url")
    ("; did you mean 'http://localhost:3000/prod/probe'?", '')
    """
    if "://" in text or not URL.fullmatch(f"https://{text}"):
        return ""
    scheme = "http" if is_loopback(urlsplit(f"//{text}").hostname or "") else "https"
    return f"; did you mean '{scheme}://{text}'?"


class RouteUrl(_TextType):
    """The URL of a route; one without a path or with ``/`` at its end is that of a stage, and gets the route.

    >>> RouteUrl("probe").convert("https://abc.execute-api.eu-west-1.amazonaws.com/prod/", None, None)
    'https://abc.execute-api.eu-west-1.amazonaws.com/prod/probe'

    :param route: the path below the stage
    """

    name = "url"

    def __init__(self, route: str) -> None:
        self.route = route

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the URL that is called."""
        if not URL.fullmatch(value):
            self.fail(f"{value!r} is not an http or https URL{with_scheme(value)}", param, ctx)
        parts = urlsplit(value)
        if parts.path.endswith("/") or not parts.path:
            parts = parts._replace(path=f"{parts.path or '/'}{self.route}")
        return parts.geturl()


def secret_headers(auth: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the header with the secret of ``--auth``, if it names one.

    >>> secret_headers("bearer", {"STREAMING_API_TOKEN": "abc"})
    {'Authorization': 'Bearer abc'}

    :raises CouldNotRun: when the environment variable is missing
    """
    if auth not in SECRETS:
        return {}
    variable, header, form = SECRETS[auth]
    # what was read from a file ends with its line
    if not (secret := environ.get(variable, "").strip()):
        raise CouldNotRun(f"--auth {auth} needs the environment variable {variable}")
    if not VALUE.fullmatch(secret):
        raise CouldNotRun(f"the environment variable {variable} has a control character, such as a line end")
    return {header: form.format(secret)}


def find_signer(url: str, auth: str, region: str | None, headers: dict[str, str]) -> RequestSigner | None:
    """Return the signer of the requests, or None; warn of credentials that others can read.

    To CloudFront's own names only the hash of the body goes, unless ``iam`` is asked for: CloudFront signs.

    :raises CouldNotRun: when ``--auth iam`` is set and requests cannot be signed
    """
    hashed = auth == CLOUDFRONT or (auth != "iam" and service_of(url) == CLOUDFRONT)
    try:
        signer = None if hashed else signer_for(url, auth, region, headers)
    except NotSigned as failure:
        raise CouldNotRun(str(failure)) from failure
    if signer or CREDENTIALS & {name.lower() for name in headers}:
        warn_of_http(url)
    return ContentHash() if hashed else signer


def warn_of_http(url: str) -> None:
    """Warn, once in a run, that everybody on the way to another machine can read the credentials."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    context = click.get_current_context(silent=True)
    told = context.meta if context else {}
    if parts.scheme == "http" and not is_loopback(host) and not told.get(ALLOW_HTTP):
        told[ALLOW_HTTP] = True
        click.echo(f"warning: credentials go to {host} over http; --allow-http sends them quietly", err=True)
