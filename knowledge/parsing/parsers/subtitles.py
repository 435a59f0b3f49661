"""Subtitles and transcripts of meetings: WebVTT and SubRip."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.model.errors import ParseError
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.access_rules import refuse_unread_lines
from knowledge.parsing.decoder import decode
from knowledge.text.titles import title_of_file

_TIME = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,]\d{1,3}[ \t]+-->")
_VOICE = re.compile(r"<v(?:\.[^<>\s]{0,100})?\s([^<>]{1,200})>")
_TAG = re.compile(r"<[^<>]{0,200}>")
_STYLING = re.compile(r"\{\\[^{}]{0,100}\}")
_LONG = 1000
"""Characters of speech after which a new section begins."""


class SubtitlesParser:
    """Parses speech as text, with the time of its beginning as the heading of each section."""

    suffixes = frozenset({".vtt", ".srt"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        text = decode(data)
        refuse_unread_lines(text)
        first, _, _ = text.lstrip("\n").partition("\n")
        title = first.removeprefix("WEBVTT").strip(" -\t") if first.startswith("WEBVTT") else ""
        title = "" if title.lower() == "file" else title  # a habit of programs
        sections = tuple(Section(speech.text, (speech.time,)) for speech in _speeches(text))
        if not sections:
            raise ParseError("not readable subtitles (no line with a time)")
        return ParsedFile(title or title_of_file(name), sections)


@dataclass(slots=True)
class _Speech:
    """What is said from *time* on; lines of one speaker follow each other without the name."""

    time: str
    lines: list[str] = field(default_factory=list)
    length: int = 0
    speaker: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def say(self, speaker: str, line: str) -> None:
        """Add a line, but none that only repeats the one before, as rolling captions do."""
        if speaker != self.speaker and speaker:
            line = f"{speaker}: {line}"
        elif self.lines and self.lines[-1].endswith(line):
            return
        self.speaker = speaker or self.speaker
        self.lines.append(line)
        self.length += len(line)


def _speeches(text: str) -> Iterator[_Speech]:
    speech: _Speech | None = None
    for block in text.split("\n\n"):
        lines = block.split("\n")
        timed = next((at for at, line in enumerate(lines[:4]) if _TIME.match(line.strip())), None)
        if timed is None:
            continue  # a note, a style or the header
        if speech is None or speech.length > _LONG:
            if speech is not None:
                yield speech
            speech = _Speech(_clock(lines[timed].strip()))
        for line in lines[timed + 1 :]:
            voice = _VOICE.search(line)
            spoken = html.unescape(_STYLING.sub("", _TAG.sub("", line))).strip()
            if spoken:
                speech.say(html.unescape(voice[1]).strip() if voice else "", spoken)
    if speech is not None and speech.lines:
        yield speech


def _clock(line: str) -> str:
    found = _TIME.match(line)
    assert found
    return f"{int(found[1] or 0):02}:{int(found[2]):02}:{found[3]}"
