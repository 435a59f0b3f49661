"""Replies to what asks nothing: a line, and questions that people could ask."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.answering import texts
from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.types import Answer, Question
from bot.text.small_talk import SmallTalk, small_talk_in
from knowledge.model.types import Principal

Suggest = Callable[[Principal, Language], Awaitable[Sequence[tuple[str, str]]]]
"""Finds questions that a reader could ask, each with the id of the document that it is made of."""

_LINES: Mapping[SmallTalk, Text] = {
    "reply": texts.CHATTER,
    "chatter": texts.CHATTER,
    "greeting": texts.GREETING,
    "wish": texts.WISH,
    "complaint": texts.COMPLAINT,
    "invitation": texts.INVITATION,
    "thanks": texts.THANKS,
    "test": texts.TEST,
    "about": texts.ABOUT,
    "help": texts.HELP,
}


class SmallTalkReplies:
    """Knows what to say to greetings, thanks, tests and questions about the bot.

    Args:
        suggest: Finds questions that the asker could ask.
    """

    def __init__(self, suggest: Suggest) -> None:
        self._suggest = suggest

    async def reply(self, question: Question, *, in_thread: bool = False) -> Answer | None:
        """Return the reply to *question*, or None if it asks something.

        *in_thread*: after other turns, where "yes" may be meant for a question back.
        """
        kind = None if question.attachments else small_talk_in(question.text)
        if kind is None or (kind == "reply" and in_thread):
            return None
        language = question.reply_language
        line = _LINES[kind].to(language)
        asked = await self._suggest(question.asker, language)
        if asked:
            listed = "\n".join(f"- {one}" for one, _ in asked)
            more = texts.MORE_TO_ASK if kind == "thanks" else texts.YOU_COULD_ASK
            between = "" if language == "ja" else " "
            line = f"{line}{between}{more.to(language)}\n\n{listed}"
        return Answer("chat", line, headings_of=tuple(document for _, document in asked))
