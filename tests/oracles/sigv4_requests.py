"""Random requests, signed by botocore as a client signs them."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from streaming_api_tools.local.gateway.authorizers.iam import Keys
from streaming_api_tools.local.gateway.request.routed_request import HttpRequest

#: Requests that are verified, those that go to a gateway over a socket, and examples of the property.
REQUESTS, OVER_THE_WIRE, PROPERTY = 1500, 200, 300
SEED = 15
REGION, SERVICE, HOST = "us-east-1", "execute-api", "127.0.0.1:3000"
KEYS = Keys("AKIDEXAMPLE", "secret/+ key")
WITH_TOKEN = replace(KEYS, token="session/+=token")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
SEGMENTS = [
    "a",
    "chat",
    "a%20b",
    "%E6%BC%A2",
    "caf%C3%A9",
    "%25",
    "%2F",
    "%2f",
    "a+b",
    "a;b=1",
    "@:",
    "~x_-.",
    "",
]
SEGMENTS += ["a'b()*!", "$&,=", "%7E", ".", "x."]
VALUES = ["", "1", "x%2Fy", "a+b", "a%20b", "%E6%BC%A2", "~", "%7E", "=", "1=2", "*", "'", "/", "?", ":", "0"]
NAMES = ["a", "b", "A", "a%20b", "%C3%A9", "z.z", "q~", ""]
HEADERS = ["a", "a b", "a   b", "a \t b", '"a   b"', "a,b , c", "", "x=1; y=2", "1" * 200]
BODIES = [b"", b"{}", b'{"prompt":"hi"}', b"\0\xff", b"a=1&b=2", "\u6f22".encode()]
#: How a request says what the hash of its body is.
DECLARED = ["nothing", "hash", "UNSIGNED-PAYLOAD"]
WHERE = ["header", "query"]


@dataclass(frozen=True)
class Signed:
    """A request and the keys that it is signed with."""

    http: HttpRequest
    keys: Keys
    declared: str
    where: str


def path(chance: random.Random) -> str:
    """Return a path below the stage, percent-encoded."""
    return "/prod/p" + "".join(f"/{chance.choice(SEGMENTS)}" for _ in range(chance.randint(0, 4)))


def query(chance: random.Random) -> str:
    """Return a query string with repeated names and empty values."""
    pairs = [
        chance.choice(NAMES) + chance.choice(["=", "=", "=", ""]) + chance.choice(VALUES)
        for _ in range(chance.randint(0, 5))
    ]
    return "&".join(pairs)


def signed(chance: random.Random, host: str = HOST, keys: Keys | None = None) -> Signed:
    """Return a request that is drawn from the tables above."""
    keys, where = keys or chance.choice([KEYS, WITH_TOKEN]), chance.choice(WHERE)
    # botocore signs no body in a query
    declared, body = "nothing", b""
    if where == "header":
        declared, body = chance.choice(DECLARED), chance.choice(BODIES)
    headers = {f"X-Given-{n}": chance.choice(HEADERS) for n in range(chance.randint(0, 3))}
    if declared != "nothing":
        headers["X-Amz-Content-SHA256"] = sha256(body).hexdigest() if declared == "hash" else declared
    asked = query(chance)
    url = f"http://{host}{path(chance)}" + (f"?{asked}" if asked else "")
    request = AWSRequest(chance.choice(METHODS), url, data=body, headers={"Host": host, **headers})
    signer = SigV4Auth if where == "header" else SigV4QueryAuth
    signer(Credentials(keys.access_key, keys.secret_key, keys.token), SERVICE, REGION).add_auth(request)
    parts = urlsplit(request.url)
    sent = tuple((name, str(value)) for name, value in request.headers.items())
    http = HttpRequest(request.method, parts.path, parts.query, sent, body, "127.0.0.1")
    return Signed(http, keys, declared, where)


def flipped(text: str, chance: random.Random, start: int = 0) -> str | None:
    """Return text with one bit of one of its letters or digits changed; None when there is none."""
    places = [place for place in range(start, len(text)) if text[place].isascii() and text[place].isalnum()]
    if not places:
        return None
    place = chance.choice(places)
    others = [chr(ord(text[place]) ^ (1 << bit)) for bit in range(7)]
    return text[:place] + chance.choice([each for each in others if each.isalnum()]) + text[place + 1 :]


def changes(request: Signed, chance: random.Random) -> dict[str, HttpRequest]:
    """Return the request with one bit changed, in each of the parts that a signature covers."""
    http, found = request.http, {}
    if path := flipped(http.path, chance, len("/prod/p")):
        found["path"] = replace(http, path=path)
    if query := flipped(http.query, chance):
        found["query"] = replace(http, query=query)
    for name, value in http.headers:
        if changed := flipped(value, chance):
            rest = tuple(each for each in http.headers if each[0] != name)
            found[name] = replace(http, headers=(*rest, (name, changed)))
    if http.body:
        place, bit = chance.randrange(len(http.body)), chance.randrange(8)
        body = bytearray(http.body)
        body[place] ^= 1 << bit
        found["body"] = replace(http, body=bytes(body))
    found["method"] = replace(http, method=chance.choice([each for each in METHODS if each != http.method]))
    return found
