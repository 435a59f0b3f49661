"""Stops a question: the words for it, and the question that they mean."""

import unicodedata
from collections.abc import Sequence
from itertools import product

from bot.core.message_ref import MessageRef, in_slack
from bot.core.types import Job
from bot.queue.queue import Queue
from bot.slack.client.payloads import Stop

_PLEASE = ("", "して", "してください", "して下さい")
_NOUNS = ("停止", "中止", "中断", "ストップ", "キャンセル")
_JAPANESE = (
    *(f"{word}{please}" for word, please in product(_NOUNS, _PLEASE)),
    *("やめて", "やめてください", "やめて下さい", "止めて", "止めてください", "止めて下さい"),
    *("とめて", "とめてください", "とめて下さい"),
    *("止まって", "とまって", "止まれ", "やめろ", "もういい", "もういいです", "もう結構です"),
    *("取り消し", "取り消して", "取り消してください", "取消", "いったん停止", "回答を停止"),
)
_ORDERS = ("stop", "cancel", "abort", "halt")
_ENGLISH = (
    *_ORDERS,
    *(f"{order} {what}" for order in _ORDERS for what in ("it", "that", "this", "now", "please")),
    *(f"please {order}" for order in _ORDERS),
    *("ok stop", "stop stop", "stop answering", "never mind", "nevermind"),
)
WORDS = frozenset((*_JAPANESE, *_ENGLISH))
"""The whole message has to be one of these: "stop" in a sentence is a part of a question."""

_LONGEST = 200
"""Characters of an order with its marks: every message is read for one, letter by letter."""


def asks_to_stop(text: str) -> bool:
    """Tell whether *text* is nothing but the word to stop, in either width, with any marks."""
    if len(text.strip()) > _LONGEST:
        return False
    plain = unicodedata.normalize("NFKC", text).casefold()
    # Marks, symbols and emoji are no words. The long vowel mark is a letter (Lm), so it stays.
    words = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in plain).split()
    return " ".join(words) in WORDS


async def stop(queue: Queue, order: Stop) -> bool:
    """Stop the question that *order* means; False when there is none.

    That is the first open one of whoever gives the order, else the one in work in the thread. One
    order stops one question: what waits behind it goes on.
    """
    before = float(order.place.ts)
    jobs = [job for job in await queue.open_jobs(order.partitions) if _asked_before(job, before)]
    own = [job for job in jobs if job.payload.get("person") == order.person]
    chosen: Sequence[Job] = own or jobs[:1]
    return bool(await queue.cancel_first(f"{order.place}:stop", [job.id for job in chosen]))


def _asked_before(job: Job, ts: float) -> bool:
    """Tell whether *job* is a question of before: an order that comes late stops no later one."""
    asked = job.kind in {"question", "workflow_step"} and in_slack(job.id)
    return asked and float(MessageRef.parse(job.id).ts) < ts
