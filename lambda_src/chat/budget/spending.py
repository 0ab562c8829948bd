"""Hold one call of a model to the budget: reserve before it, and count what it has spent after it."""

from __future__ import annotations

from lambda_streaming_store.owner import API_KEY, caller_of

from ..usage.counts import usage_of
from ..usage.ends import tier_of
from ..usage.estimate import estimated_input
from ..usage.prices import DEFAULT
from ..usage.report import asked_tier
from .amounts import reserved, reserved_tokens, spent
from .counters import hashed
from .ledger import Ledger
from .limits import own_limits
from .refusal import remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lambda_streaming_store.owner import Caller

    from ..bedrock import StreamingClient
    from ..converse.model_call import Exchange, ModelCall
    from ..settings import AllowedModel, ChatSettings

__all__ = ["Ledger", "Spending"]


class Spending:
    """Holds one call to the budget.

    The table is asked while the request is made and the connection to the model.

    :param exchange: the request, whose meter counts the call
    :param client: of the model
    """

    def __init__(
        self,
        ledger: Ledger,
        exchange: Exchange,
        call: ModelCall,
        model: AllowedModel,
        settings: ChatSettings,
        client: StreamingClient,
    ) -> None:
        self._ledger = ledger
        self._exchange = exchange
        self._settings = settings
        self._asked_tier = asked_tier(call, settings)
        self._price = model.price
        self._waited = False
        otherwise = ledger.budget.reserve
        most = reserved_tokens(call.members, call.native, model.family, settings.max_tokens, otherwise)
        amounts = reserved(most, self._price, self._asked_tier or DEFAULT)
        caller = caller_of(exchange.event)
        self._admission = ledger.admission(
            _subject(caller), model.name, amounts, _told(caller), own_limits(exchange.event)
        )
        self._client = client

    @property
    def client(self) -> StreamingClient:
        """The client to call, which waits for the table before it writes a request.

        :raises HTTPError: 429 for a request of which a limit is reached; 503 where nobody can tell
        """
        return self._client.once(self._may_send)

    def headers(self) -> dict[str, str]:
        """Return the headers that tell what is left; none where no limit is in tokens."""
        left = self._admission.tokens_left()
        return {} if left is None else remaining(left)

    def ended(self) -> None:
        """Count what the call has spent in place of what was reserved, and wait for it.

        A model that has not begun may still work: what is reserved for it counts as spent. So does what is
        reserved for a call of a function that dies.
        """
        meter = self._exchange.meter
        if not meter.asked:
            self._admission.settle({})
        elif meter.kept:
            usage = usage_of(meter, self._input_tokens)
            headers = self._exchange.metadata.headers if self._exchange.metadata else {}
            tier = tier_of(meter.kept, headers, self._asked_tier)
            self._admission.settle(spent(usage, self._price, tier or DEFAULT))
        self._ledger.finish()

    def _may_send(self) -> None:
        # a request that is sent again has been waited for
        if not self._waited:
            self._admission.wait()
            self._waited = True

    def _input_tokens(self) -> tuple[int, str]:
        return estimated_input(self._exchange, self._settings, None, 0)


def _subject(caller: Caller) -> str:
    """Return the name by which a caller is counted, in which there is no key."""
    secret = caller.kind == API_KEY and not (caller.id or caller.name)
    return hashed(caller.owner) if secret else caller.owner


def _told(caller: Caller) -> dict[str, str]:
    members = {"kind": caller.kind, "id": caller.id, "name": caller.name}
    return {name: value for name, value in members.items() if value is not None}
