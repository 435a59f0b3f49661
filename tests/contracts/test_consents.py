"""What every implementation of the Consents protocol keeps."""

import pytest

from bot.consents.redis import RedisConsents
from bot.protocols import Consents
from bot.redis.connection import RedisConnection


@pytest.fixture
def consents(store: RedisConnection) -> Consents:
    """The one on Redis."""
    return RedisConsents(store.commands)


async def test_a_refusal_is_kept_until_it_is_taken_back(consents: Consents) -> None:
    """Said twice or taken back twice, it is the same."""
    assert await consents.refused() == frozenset()
    for person in ("U1", "花子", "U1"):
        await consents.refuse(person)

    assert await consents.refused() == {"U1", "花子"}
    await consents.allow("U1")
    await consents.allow("U1")
    assert await consents.refused() == {"花子"}
