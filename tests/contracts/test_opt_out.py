"""What every implementation of the Consents protocol keeps."""

import pytest

from bot.records.opt_out import OptOuts
from bot.redis.connection import RedisConnection


@pytest.fixture
def opt_outs(store: RedisConnection) -> OptOuts:
    """The one on Redis."""
    return OptOuts(store.commands)


async def test_a_refusal_is_kept_until_it_is_taken_back(opt_outs: OptOuts) -> None:
    """Said twice or taken back twice, it is the same."""
    assert await opt_outs.refused() == frozenset()
    for person in ("U1", "花子", "U1"):
        await opt_outs.refuse(person)

    assert await opt_outs.refused() == {"U1", "花子"}
    await opt_outs.allow("U1")
    await opt_outs.allow("U1")
    assert await opt_outs.refused() == {"花子"}
