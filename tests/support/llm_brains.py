"""Brains for the model endpoint: what to say next, whatever the wire format."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.core.language import language_of
from knowledge.text.analysis import token_set
from knowledge.text.highlight import sentences


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; arguments that are a text are sent as they are, valid JSON or not."""

    name: str
    arguments: Mapping[str, object] | str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model says: text, calls, and why it stopped."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    thoughts: str = ""
    stop: Literal["", "length", "content_filter", "refusal"] = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a transcript; `calls` are an assistant's, `call_id` is a tool result's."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: tuple[Call, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request without its wire format.

    Attributes:
        tools: Schema of the arguments by name of the tools offered.
        forced: Name of the tool that has to be called, or "".
        thoughts: Earlier thoughts that were sent back (encrypted ones too).
    """

    wire: Literal["chat", "responses"]
    model: str
    said: tuple[Said, ...]
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    forced: str = ""
    thoughts: tuple[str, ...] = ()

    @property
    def system(self) -> str:
        return "\n\n".join(message.text for message in self.said if message.role == "system")

    @property
    def history(self) -> tuple[Said, ...]:
        """What was said before the question."""
        return self.said[: self._start]

    @property
    def question(self) -> str:
        """The last thing that the person asked, without the frame that the bot puts around it."""
        text = self.said[self._start].text if self.said else ""
        return _FRAME.sub("", text.removeprefix(self._found)).strip()

    @property
    def results(self) -> tuple[Said, ...]:
        """Tool results since the question, and what was found for it before it was asked."""
        found = (Said("tool", self._found),) if self._found else ()
        return (*found, *(said for said in self.said[self._start :] if said.role == "tool"))

    @property
    def begins(self) -> bool:
        """Whether the model has not acted on the question yet; the bot's own search is no act."""
        acted = (call for message in self.said[self._start :] for call in message.calls)
        return all(call.id.startswith("first-") for call in acted)

    @property
    def _found(self) -> str:
        """The passages that stand before the question, for servers that are told of no call."""
        found = _FOUND.match(self.said[self._start].text) if self.said else None
        return found[0] if found else ""

    @property
    def _start(self) -> int:
        """Index of the first user message after the last assistant message without calls."""
        answered = [
            index
            for index, message in enumerate(self.said)
            if message.role == "assistant" and not message.calls
        ]
        after = answered[-1] + 1 if answered else 0
        asked = (i for i, m in enumerate(self.said) if i >= after and m.role == "user")
        return next(asked, max(len(self.said) - 1, 0))


Brain = Callable[[Conversation], Turn]

_FRAME = re.compile(
    r"^(Today is .*|今日は .*です。|Answer in \w+\.|(日本語|英語)で答えてください。)$", re.MULTILINE
)
_FOUND = re.compile(r"Found for the question:\n.*?\n\n(?=Today is |今日は )", re.DOTALL)
_PASSAGE = re.compile(r"^\[(\d+)\][^\n]*\n(.+?)(?=^\[\d+\] |^\S*>>>|\Z)", re.MULTILINE | re.DOTALL)
_KEYWORD = re.compile(r"[A-Za-z0-9][\w.-]+|[\u4e00-\u9fff々〆]{2,}|[\u30a0-\u30ff]{2,}")
_ASKS = re.compile(r"([?？]|か[。.]?)$")
"""A question in the documents is no answer."""

_LEAST_SHARE = 0.2
"""Share of the question's tokens that a sentence must have to count as an answer."""


def scripted(turns: Sequence[Turn]) -> Brain:
    """Return a brain that says *turns*, one a request; asked for more, it raises IndexError."""
    remaining = iter(turns)

    def say(_: Conversation) -> Turn:
        try:
            return next(remaining)
        except StopIteration:
            raise IndexError(f"the script has only {len(turns)} turns") from None

    return say


def searching_brain() -> Brain:
    """Return a plausible model: it searches twice, then quotes the best sentence that it found."""
    return _search_or_finish


def _search_or_finish(conversation: Conversation) -> Turn:
    may_search = "search_knowledge" in conversation.tools and not conversation.forced
    if may_search and not conversation.results:
        return Turn(calls=tuple(_search(conversation, query) for query in _queries(conversation)))
    if "finish" in conversation.tools:
        return Turn(calls=(_finish(conversation),))
    best = _best_sentence(conversation)
    return Turn(text=best[1] if best else _NOTHING[language_of(conversation.question)])


_NOTHING = {"ja": "答えは見つかりませんでした。", "en": "I found no answer."}


def _queries(conversation: Conversation) -> list[str]:
    """Return the question, made to stand alone by the last one's words, and its keywords."""
    question = conversation.question
    earlier = [message.text for message in conversation.history if message.role == "user"]
    whole = f"{_keywords(earlier[-1])} {question}".strip() if earlier else question
    return list(dict.fromkeys([whole, _keywords(whole) or whole]))


def _keywords(text: str) -> str:
    return " ".join(dict.fromkeys(_KEYWORD.findall(_FRAME.sub("", text))))


def _search(conversation: Conversation, query: str) -> Call:
    return Call("search_knowledge", _filled(conversation.tools["search_knowledge"], query=query))


def _finish(conversation: Conversation) -> Call:
    schema = conversation.tools["finish"]
    best = _best_sentence(conversation)
    if best is None:
        nothing = _NOTHING[language_of(conversation.question)]
        known: dict[str, object] = {"status": "insufficient_evidence", "missing": nothing}
        return Call("finish", _filled(schema, **known))
    number, sentence = best
    citation = {"n": number, "number": number, "quote": sentence}
    answer = f"{sentence} [{number}]"
    return Call(
        "finish",
        _filled(schema, status="answered", answer=answer, citations=[citation], confidence=0.9),
    )


def _best_sentence(conversation: Conversation) -> tuple[int, str] | None:
    """Return the sentence that has most of the question's words, and its passage's number."""
    wanted = token_set(" ".join(_queries(conversation)))
    candidates = [
        (len(wanted & token_set(sentence)) / max(len(wanted), 1), -order, number, sentence)
        for order, (number, sentence) in enumerate(_sentences(conversation))
    ]
    if not candidates:
        return None
    share, _, number, sentence = max(candidates)
    return (number, sentence) if share >= _LEAST_SHARE else None


def _sentences(conversation: Conversation) -> list[tuple[int, str]]:
    return [
        (int(number), sentence)
        for result in conversation.results
        for number, text in _PASSAGE.findall(result.text)
        for span in sentences(text)
        if not _ASKS.search(sentence := text[span.start : span.end])
    ]


def _filled(schema: Mapping[str, Any], **known: object) -> dict[str, object]:
    """Return arguments that fit *schema*: what is known, else the emptiest value of the type."""
    return {
        name: _fitted(part, known[name]) if name in known else _emptiest(part)
        for name, part in schema.get("properties", {}).items()
    }


def _fitted(schema: Mapping[str, Any], value: object) -> object:
    if not isinstance(value, list):
        return value
    item = schema.get("items", {})
    if item.get("type") == "object":
        return [_filled(item, **entry) for entry in value]
    return [entry["n"] for entry in value]


def _emptiest(schema: Mapping[str, Any]) -> object:
    kinds = [part.get("type") for part in schema.get("anyOf", [schema])]
    if "null" in kinds:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    empty = {"string": "", "array": [], "object": {}, "boolean": False}
    return empty.get(kinds[0], schema.get("minimum", 0))
