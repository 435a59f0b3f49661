"""Memory on Redis: the newest turns of each thread, as many as fit a token budget."""

import json
from collections.abc import Iterator, Mapping, Sequence

import structlog

from bot.core.types import QuestionId, ThreadId, Turn
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script
from knowledge.text.chunker import estimate_tokens

_DAY = 86_400
_log = structlog.get_logger(__name__)


class ThreadMemory:
    """The conversation memory of all threads.

    Args:
        token_budget: Estimated tokens (`estimate_tokens`) of the turns that are kept of a thread;
            its newest turn is kept whole even when it alone is larger.
        days: A thread is forgotten after this many days of silence.
    """

    def __init__(
        self,
        client: RedisClient,
        token_budget: int = 3_000,
        days: int = 30,
    ) -> None:
        self._client = client
        self._token_budget = token_budget
        self._seconds = days * _DAY
        self._root = key_root(client)
        self._remember = load_script(client, "bot.answering", "memory/remember")
        self._join = load_script(client, "bot.answering", "memory/join")

    async def recall(self, thread: ThreadId) -> tuple[Turn, ...]:
        """Return the turns that fit the token budget, oldest first.

        A damaged one is left out: what else was said helps more than no answer does.
        """
        texts: list[str] = await self._client.execute_command("LRANGE", self._turns(thread), 0, -1)
        return tuple(_readable(texts, thread))

    async def remember(self, thread: ThreadId, turn: Turn) -> None:
        """Add *turn*; a turn whose `question_id` is already there is not added again."""
        stored = {
            "question": turn.question,
            "answer": turn.answer,
            "question_id": turn.question_id,
            "tokens": estimate_tokens(turn.question) + estimate_tokens(turn.answer),
        }
        await self._remember(
            keys=[self._turns(thread)],
            args=[json.dumps(stored, ensure_ascii=False), self._token_budget, self._seconds],
        )

    async def join(self, *threads: ThreadId) -> None:
        """Note that the bot takes part in *threads*, from the first accepted question on."""
        await self._join(keys=[self._joined(thread) for thread in threads], args=[self._seconds])

    async def joined(self, *threads: ThreadId) -> bool:
        """Tell whether the bot takes part in all of *threads*."""
        keys = [self._joined(thread) for thread in threads]
        return int(await self._client.exists(*keys)) == len(keys)

    async def forget(self, thread: ThreadId) -> None:
        """Drop the thread's turns; the bot is no longer part of it."""
        await self._client.delete(self._turns(thread), self._joined(thread))

    def _turns(self, thread: ThreadId) -> str:
        return f"{self._root}:turns:{thread}"

    def _joined(self, thread: ThreadId) -> str:
        return f"{self._root}:joined:{thread}"


def _readable(texts: Sequence[str], thread: ThreadId) -> Iterator[Turn]:
    for text in texts:
        try:
            yield _turn(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            _log.warning("turn_unreadable", thread=thread, reason=type(error).__name__)


def _turn(stored: Mapping[str, object]) -> Turn:
    question, answer, question_id = (stored[name] for name in ("question", "answer", "question_id"))
    if not (isinstance(question, str) and isinstance(answer, str) and isinstance(question_id, str)):
        raise TypeError
    return Turn(question, answer, QuestionId(question_id))
