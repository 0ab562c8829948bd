"""Resolve the endpoint of a service in a Region, with botocore's ``endpoint-rule-set`` as a table."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Prefix of the region, DNS suffix, DNS suffix of the dual-stack endpoints: botocore's partitions.json, where
# aws-us-gov has the suffixes of aws. A region that nobody knows is taken for one of aws.
PARTITIONS = (
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("", "amazonaws.com", "api.aws"),
)

# RFC 3986, section 2.3.
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

# botocore's rules of DynamoDB: there the endpoint of IPv4 is FIPS under its plain name.
PLAIN_FIPS = {("dynamodb", "us-gov-east-1"), ("dynamodb", "us-gov-west-1")}


def endpoint_url(environ: Mapping[str, str], region: str, service: str) -> str:
    """Return the URL that the environment variables of AWS's SDKs ask for, without a slash at its end.

    "Service-specific endpoints" and "Dual-stack and FIPS endpoints", AWS SDKs and Tools Reference Guide. A
    given URL counts more than the other two, as in botocore.

    :param service: the prefix of its endpoints, ``bedrock-runtime`` or ``dynamodb``
    """
    if not _true(environ, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        for name in (f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}", "AWS_ENDPOINT_URL"):
            if environ.get(name):
                return environ[name].rstrip("/")
    dual_stack = _true(environ, "AWS_USE_DUALSTACK_ENDPOINT")
    plain = (service, region) in PLAIN_FIPS and not dual_stack
    host = f"{service}-fips" if _true(environ, "AWS_USE_FIPS_ENDPOINT") and not plain else service
    suffixes = next(suffixes for prefix, *suffixes in PARTITIONS if region.startswith(prefix))
    return f"https://{host}.{region}.{suffixes[dual_stack]}"


def parts_of(url: str) -> tuple[bool, str, str, int, str]:
    """Return whether a URL is of https, then its authority, the name and the port in there, and the rest.

    ``urllib.parse`` would take a hundredth of the chat function's cold start.

    :param url: an absolute one of ``http`` or ``https``
    """
    scheme, _, rest = url.partition("://")
    secure = scheme.lower() == "https"
    authority, slash, path = rest.partition("/")
    name, colon, port = authority.rpartition("@")[2].rpartition(":")
    if not colon or "]" in port:  # the colons of an IPv6 address are in brackets
        name, port = f"{name}{colon}{port}", ""
    return secure, authority, name.strip("[]").lower(), int(port or (443 if secure else 80)), slash + path


def percent_encoded(text: str, safe: str = "") -> str:
    """Return a text with all but RFC 3986's unreserved characters encoded, as ``urllib.parse.quote`` does.

    :param safe: what is not encoded either. Default: - nothing
    """
    if not text.strip(_UNRESERVED + safe):
        return text
    kept = (_UNRESERVED + safe).encode()
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in text.encode())


def _true(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() == "true"
