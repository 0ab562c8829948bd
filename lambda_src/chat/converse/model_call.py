"""Types that the handler and the formats exchange."""

from __future__ import annotations

from ..json_body import DroppedMembers, json_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, Protocol

    from lambda_streaming import HTTPError, Response

    from ..bedrock import StreamingClient
    from ..json_body import JsonObject
    from ..settings import AllowedModel, ChatSettings
    from .meter import Meter
    from .stream import ConverseEvent

    Respond = Callable[[Iterator[ConverseEvent], "ResponseMetadata"], Response]
    Ask = Callable[[StreamingClient, AllowedModel], dict[str, Any]]
    Check = Callable[[Iterable[Any], Callable[[HTTPError], None]], Iterator[Any]]

    class Spending(Protocol):
        """Holds a call to a budget."""

        @property
        def client(self) -> StreamingClient:
            """The client to call, whose requests are written once the budget allows it."""

        def headers(self) -> dict[str, str]:
            """Return the headers that tell how much is left."""

        def ended(self) -> None:
            """Count what the call has spent."""


class ChatRequest:
    """An event of API Gateway or of a function URL, as far as a format looks at it.

    :param event: the event
    :param settings: of the function
    :param stores: whether the function keeps its streams and may read them. Default: False
    """

    def __init__(self, event: Mapping[str, Any], settings: ChatSettings, stores: bool = False) -> None:
        self.event = event
        self.settings = settings
        self.stores = stores
        self.dropped = DroppedMembers(settings.strict_members)
        # the second is of function URLs
        self.path: str = event.get("path") or event.get("rawPath") or ""

    def body(self) -> JsonObject:
        """Return the body.

        :raises HTTPError: 400 when it is no JSON object
        """
        return json_object(self.event, self.dropped)

    def query(self, name: str) -> str | None:
        """Return a parameter of the query string."""
        value: str | None = (self.event.get("queryStringParameters") or {}).get(name)
        return value

    def header(self, name: str) -> str | None:
        """Return a header, whatever the case of its name."""
        return header_of(self.event, name)

    def model_in_path(self) -> str:
        """Return the model id of ``/model/{modelId}/operation``."""
        from urllib.parse import unquote  # only AWS's SDKs ask for such a path

        return unquote(self.path.rpartition("/model/")[2].rpartition("/")[0])


def header_of(event: Mapping[str, Any], name: str) -> str | None:
    """Return a header of a proxy event, whatever the case of its name.

    :param name: in lower case
    """
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), None)


class ResponseMetadata:
    """Identifies a response.

    :param request_id: of the invocation
    :param model: name of the model
    :param created: seconds since the epoch

    ``headers`` are Bedrock's, with names in lower case; there are none before the first event.
    """

    __slots__ = ("created", "headers", "model", "request_id")

    def __init__(self, request_id: str, model: str, created: int) -> None:
        self.request_id = request_id
        self.model = model
        self.created = created
        self.headers: Mapping[str, str] = {}


class Converted:
    """A request of another API in ConverseStream's words.

    ``members`` are ConverseStream's, as far as the caller decides them. ``own_fields`` and ``own_system`` are
    what the format adds by itself: members of ``additionalModelRequestFields``, to which the list of what a
    caller may send does not apply, and text blocks of the system prompt. ``tool_names`` has the caller's
    names of the tools that have other names in the request.
    """

    __slots__ = ("members", "own_fields", "own_system", "tool_names")

    def __init__(self, members: dict[str, Any]) -> None:
        self.members = members
        self.own_fields: dict[str, Any] = {}
        self.own_system: list[dict[str, Any]] = []
        self.tool_names: dict[str, str] = {}


class ModelCall:
    """A request to the model, and how its answer is written.

    :param model: as the caller names it; None for the default
    :param members: of ConverseStream, without ``modelId``
    :param respond: makes the response of the checked events
    :param native: body of another operation, as the caller sent it, for the log. Default: - there is none
    :param converted: what the format adds by itself. Default: - nothing
    :param ask: calls another operation and returns its response, whose ``body`` has the events. Default: -
        ConverseStream is called with the members
    :param check: returns the events and makes sure of their end. Default: - that of ConverseStream's
    :param free: whether it asks no model to generate, and costs nothing. Default: - it does
    """

    __slots__ = ("ask", "check", "free", "members", "model", "native", "own_fields", "own_system", "respond")

    def __init__(
        self,
        model: str | None,
        members: dict[str, Any],
        respond: Respond,
        *,
        native: dict[str, Any] | None = None,
        converted: Converted | None = None,
        ask: Ask | None = None,
        check: Check | None = None,
        free: bool = False,
    ) -> None:
        self.model = model
        self.members = members
        self.respond = respond
        self.native = native
        self.own_fields = converted.own_fields if converted else {}
        self.own_system = converted.own_system if converted else []
        self.ask = ask
        self.check = check
        self.free = free


class Exchange:
    """A request and what has become of it, for its record.

    :param event: the event of API Gateway
    :param context: of the invocation
    :param meter: of the call
    :param started: when the request came, by the clock of the meter

    ``stream_id`` is that of a kept stream, and ``leave`` ends the stream of the model. ``format`` is the
    module of the format, ``call`` what it asks of ``model``, and ``metadata`` that of the response; each is
    there once it is known. ``spending`` holds the call to a budget, where there is one.
    """

    __slots__ = (
        *("call", "context", "event", "format", "metadata", "meter", "model", "spending", "started"),
        *("leave", "stream_id"),
    )

    def __init__(self, event: Mapping[str, Any], context: object, meter: Meter, started: float) -> None:
        self.event = event
        self.context = context
        self.meter = meter
        self.started = started
        self.stream_id: str | None = None
        self.leave: Callable[[], None] | None = None
        self.format: object = None
        self.call: ModelCall | None = None
        self.model: AllowedModel | None = None
        self.metadata: ResponseMetadata | None = None
        self.spending: Spending | None = None
