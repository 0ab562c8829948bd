"""Hold one call of a model to the budget: reserve before it, count its events, settle after it."""

from __future__ import annotations

from lambda_streaming_aws.exceptions import ReadTimeout
from lambda_streaming_store.owner import owner_of

from ..converse.meter import Meter
from ..formats.token_count import estimate
from ..usage.counts import SIZE, usage_of
from ..usage.prices import DEFAULT
from .amounts import asked_tier, reserved, reserved_tokens, spent
from .refusal import remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ..bedrock import StreamingClient
    from ..converse.model_call import ModelCall
    from ..settings import AllowedModel, ChatSettings
    from .ledger import Ledger


class Spending:
    """Holds one call to the budget.

    The table is asked while the request is made and the connection to the model.

    :param event: the proxy event, which tells who calls
    :param client: of the model

    ``client`` is the one to call: it raises an HTTPError, 429 for a request of which a limit is reached and
    503 where nobody can tell.
    """

    def __init__(
        self,
        ledger: Ledger,
        event: Mapping[str, Any],
        call: ModelCall,
        model: AllowedModel,
        settings: ChatSettings,
        client: StreamingClient,
    ) -> None:
        budget = ledger.budget
        most = reserved_tokens(call.members, call.native, model.family, settings.max_tokens, budget.reserve)
        self._call = call
        self._price = settings.prices.get(model.model_id)
        self._tier = asked_tier(call.members) or settings.service_tier or DEFAULT
        self._meter = Meter()
        self._admission = ledger.admission(
            owner_of(event), model.name, reserved(most, self._price, self._tier)
        )
        self.client = client.once(self._may_send)

    def headers(self) -> dict[str, str]:
        """Return the headers that tell what is left; none where no limit is in tokens."""
        left = self._admission.tokens_left()
        return {} if left is None else remaining(left)

    def failed(self, error: Exception) -> None:
        """Give back what is reserved for a call that was not answered.

        A model that has not begun in time may still work: what is reserved for it counts as spent.
        """
        names = {each.__name__ for each in type(error).__mro__}
        if not names & {ReadTimeout.__name__, "ReadTimeoutError"}:
            self._admission.settle({})

    def observed(self, events: Iterable[Any]) -> Iterator[Any]:
        """Yield the events of the answer, and count them when they end, wherever that is."""
        try:
            yield from self._meter.observed(events)
        finally:
            usage = usage_of(self._meter, self._input_tokens)
            self._admission.settle(spent(usage, self._price, self._tier))

    def _may_send(self) -> None:
        # a request that is sent again has been waited for
        if not self._meter.asked:
            self._admission.wait()
            self._meter.asked = True

    def _input_tokens(self) -> tuple[int, str]:
        return estimate(self._call.native or self._call.members), SIZE
