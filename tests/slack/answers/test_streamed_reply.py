"""A stream that a crash leaves behind becomes the one whole answer all the same."""

import pytest

from bot.core.types import Answer, Job, Question, QuestionId, ThreadId, ToolStarted
from bot.slack.answers.streamed_reply import StreamedReply
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.messages import Messages
from bot.slack.client.streams import Streams
from bot.workspace import Workspace
from knowledge.model.types import Principal
from tests.slack.answers.test_reply import CITED, LONG, QUICK, CrashError, Notebook, begun


@pytest.mark.parametrize("answer", [CITED, LONG], ids=["short", "long"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("saves", range(7))
async def test_a_crash_at_any_step_ends_in_one_complete_reply(
    workspace: Workspace,
    clients: Clients,
    me: BotIdentity,
    *,
    saves: int,
    moment: str,
    answer: Answer,
) -> None:
    """What an earlier try has streamed is found without metadata, ended, and written over."""
    person = workspace.add_user("hanako")
    direct = workspace.direct_channel(person)
    asked = await workspace.post(direct, person, "有給は？")
    place = f"slack:{workspace.team_id}:{direct.id}:{asked.ts}"
    question = Question(QuestionId(place), ThreadId(place), "有給は？", Principal("U"))
    notebook = Notebook(Job(place, place, "question"), saves_left=saves)
    notebook.crash_after_writing = moment == "after"

    def reply() -> StreamedReply:
        return StreamedReply(
            question, notebook, Messages(clients), Streams(clients), me.user, QUICK
        )

    try:
        first = reply()
        await begun(first)
        await first.show(ToolStarted("1", "search_knowledge", {"query": "有給"}))
        await first.finish(answer)
    except CrashError:
        pass
    notebook.saves_left = float("inf")
    second = reply()
    await second.start()
    await second.finish(answer)

    thread = [m for m in workspace.messages(direct, asked) if m.bot_id]
    words = "長い説明の一文です。" if answer is LONG else "10日です。"
    assert sum(m.plain.count(words) for m in thread) == (800 if answer is LONG else 1)
    assert len(thread) == 1 or answer is LONG
    assert all(m.streaming != "in_progress" for m in thread)
    assert sum("feedback_buttons" in str(m.blocks) for m in thread) == 1
