"""Every model call is paid for: within an answer that has money set aside, or call by call.

The program hands out its model in this wrapper alone, so that no feature can forget it.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

from bot.agent.chat_model import ChatModel
from bot.agent.tool import ToolSpec
from bot.agent.verifier import Claim, Verification, Verifier
from bot.answering.spend_limits import Payer, SpendLimits
from bot.core.errors import OverBudgetError
from bot.core.types import Allowance, ChatMessage, ModelTurn, TextDelta, Usage

CostOf = Callable[[Usage], float | None]
"""Returns the cost of tokens in US dollars; None if the price is unknown."""

_NOBODY, _PREPAID = Payer(""), Payer("prepaid")
_payer = ContextVar("payer", default=_NOBODY)


@contextmanager
def paid_by(person: str) -> Iterator[None]:
    """Charge the model calls of the block to *person*, and to the day; "" for the day alone."""
    token = _payer.set(Payer("", person))
    try:
        yield
    finally:
        _payer.reset(token)


@contextmanager
def prepaid() -> Iterator[None]:
    """Set no money aside for the calls of the block: the caller has, and settles the cost."""
    token = _payer.set(_PREPAID)
    try:
        yield
    finally:
        _payer.reset(token)


class _Till:
    """Takes the money for one call after the other."""

    def __init__(self, spending: SpendLimits, price: CostOf) -> None:
        self._spending = spending
        self._price = price

    async def open(self) -> tuple[Payer, Allowance] | None:
        """Count a call and set money aside for it; None where the caller has.

        A call that fails may have cost something: what was set aside for it stays so.

        Raises:
            OverBudgetError: a budget is used up; the call must not be made.
        """
        payer, allowance = _payer.get(), None
        if payer is not _PREPAID:
            payer = Payer(f"call:{uuid4().hex}", payer.person)
            allowance = await self._spending.reserve(payer)
            if allowance.scope:
                raise OverBudgetError(f"the {allowance.scope}'s budget is used up")
        await self._spending.count_call()
        return None if allowance is None else (payer, allowance)

    async def close(self, ticket: tuple[Payer, Allowance] | None, usage: Usage) -> None:
        """Settle what the call has cost."""
        if ticket is not None:
            await self._spending.settle(*ticket, self._price(usage))


class BudgetedModel:
    """A model whose calls are all counted, and paid from the budgets.

    Its `stream` raises `OverBudgetError` instead of calling the model when a budget is used up.
    """

    def __init__(self, model: ChatModel, spending: SpendLimits, price: CostOf) -> None:
        self._model = model
        self._till = _Till(spending, price)

    @property
    def name(self) -> str:
        return self._model.name

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        ticket = await self._till.open()
        async for part in self._model.stream(messages, tools, force=force):
            if isinstance(part, ModelTurn):
                await self._till.close(ticket, part.usage)
            yield part

    async def aclose(self) -> None:
        await self._model.aclose()


class BudgetedVerifier:
    """A verifier with a vendor's endpoint of its own, paid for in the same way.

    It raises `OverBudgetError` as the model does: then the whole run has no money left.
    """

    def __init__(self, verifier: Verifier, spending: SpendLimits, price: CostOf) -> None:
        self._verifier = verifier
        self._till = _Till(spending, price)

    async def verify(self, claims: Sequence[Claim]) -> Verification:
        ticket = await self._till.open()
        verification = await self._verifier.verify(claims)
        await self._till.close(ticket, verification.usage)
        return verification
