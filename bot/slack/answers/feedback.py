"""Votes by reaction and by button: stored before Slack gets its acknowledgement."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.auto_answers.unwanted import AutoAnswerJudge
from bot.core.message_ref import MessageRef
from bot.core.types import Feedback, QuestionId
from bot.records.ledger import Ledger
from bot.slack.answers import texts
from bot.slack.answers.blocks import Posting
from bot.slack.answers.feedback_reasons import ReasonForm, why_button
from bot.slack.client.forms import section
from bot.slack.client.identity import BotIdentity
from bot.slack.client.outbox import Outbox
from bot.slack.client.payloads import Reaction, button
from bot.slack.client.permissions import Principals


class FeedbackListener:
    """Stores votes on answers."""

    def __init__(
        self,
        ledger: Ledger,
        reasons: ReasonForm,
        outbox: Outbox,
        principals: Principals,
        me: BotIdentity,
        judge: AutoAnswerJudge,
    ) -> None:
        self.judge = judge
        self.ledger = ledger
        self.reasons = reasons
        self._offers = set[asyncio.Task[None]]()
        self.outbox = outbox
        self.principals = principals
        self.me = me

    async def react(self, reaction: Reaction) -> None:
        """Store a thumb on an answer, or take it back; thumbs on anything else mean nothing.

        Who changes their mind often puts the new thumb before taking the old one away: taking a
        thumb away undoes only its own verdict.
        """
        if reaction.author not in {"", self.me.user}:
            return
        answer_id = await self.ledger.find(str(reaction.place))
        if answer_id is None:
            return
        if not reaction.added and not await self._stands(answer_id, reaction):
            return
        verdict = reaction.verdict if reaction.added else None
        vote = Feedback(answer_id, reaction.person, verdict, via="reaction", at=reaction.at)
        if await self.ledger.rate(vote) and verdict == "down":
            await self.judge.was_unwanted(answer_id)
            # Slack waits for its acknowledgement; a reaction opens no form, a button does.
            offer = asyncio.create_task(self._offer_form(answer_id, reaction))
            self._offers.add(offer)
            offer.add_done_callback(self._offers.discard)

    async def _stands(self, answer_id: QuestionId, reaction: Reaction) -> bool:
        """Tell whether the verdict of *reaction* is its person's present one."""
        record = await self.ledger.get(answer_id)
        votes = record.feedback if record else ()
        return any((reaction.person, reaction.verdict) == (v.person, v.verdict) for v in votes)

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the buttons under an answer."""
        vote = button(body, at=time.time())
        stored = vote is not None and await self.ledger.rate(vote)
        if vote is not None and stored and vote.verdict == "down":
            await self.judge.was_unwanted(vote.answer_id)
        await ack()
        if vote is not None and stored and vote.verdict == "down":
            await self.reasons.open(str(body["trigger_id"]), vote.answer_id, vote.person)
        else:
            outcome = texts.THANKS if stored else texts.NOT_RECORDED
            language = await self.principals.language(str(body["user"]["id"]))
            await self.outbox.answer_press(body, outcome.to(language))

    async def _offer_form(self, answer_id: QuestionId, reaction: Reaction) -> None:
        """Offer the form in the thread of the answer to the person who reacted."""
        language = await self.principals.language(reaction.person)
        asking = texts.ASK_WHY_TEXT.to(language)
        posting = Posting(asking, [section(asking), why_button(answer_id, language)])
        thread = MessageRef.parse(await self._thread(answer_id, reaction))
        await self.outbox.ephemeral(reaction.person, thread, posting)

    async def _thread(self, answer_id: QuestionId, reaction: Reaction) -> str:
        record = await self.ledger.get(answer_id)
        return record.question.thread if record else str(reaction.place)
