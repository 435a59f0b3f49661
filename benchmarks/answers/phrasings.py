"""Asks each subject in eight phrasings, and compares the first passages and the endings.

    python -m benchmarks.answers.phrasings

A subject is consistent if all eight phrasings end as the bare one does, with the same first
passage. The subjects are headings of the sample documents; the phrasings of the half that is held
out were not looked at while the data in `knowledge/text/phrases/` was written.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.answers.cases import open_samples
from benchmarks.answers.samples import agent_over
from bot.core.language import Language
from bot.core.types import Answer
from bot.evaluation.cases import Case
from bot.evaluation.runner import answer_case
from knowledge.base import KnowledgeBase
from knowledge.model.types import Principal

READER = Principal("benchmark", member=True)

SUBJECTS: Mapping[Language, Sequence[str]] = {
    "en": (
        "the code freeze for 26.09", "ERR-4012", "the VPN gateways", "parental leave",
        "carrying over annual leave", "the bicycle shed", "visitors", "the per diem in Lissenau",
        "password length", "camera recordings", "the gift register", "the pension", "sick leave",
        "hotel limits", "the travel policy", "the probation period", "working hours",
        "purchases above 10,000 euros", "on-call duty", "the training budget",
    ),
    "ja": (
        "スプレー缶の出し方", "粗大ごみの申込み", "二段ベッドの粗大ごみ料金", "指定袋の値段",
        "クリーンセンターの受付時間", "引っ越しのときのごみ", "古紙の出し方", "リチウムイオン電池",
        "生ごみ処理機の補助", "ふれあい収集", "年末年始の収集", "蛍光管の出し方", "乾電池の回収箱",
        "食用油の回収", "剪定枝の持込み", "不法投棄の連絡先", "小型家電の回収ボックス",
        "災害ごみの仮置場", "事業ごみの料金", "祝日の収集",
    ),
}  # fmt: skip

TUNED: Mapping[Language, Sequence[str]] = {
    "en": (
        "Could you please tell me about {}? Thanks in advance!",
        "Hi everyone, does anybody know about {}?",
        "Please tell me about {}.",
        "I would like to know about {}, please",
        "hey folks, quick one: {} - anyone?",
        "Good morning team, I've been trying to find something on {} but no luck so far. Any tips?",
        "Would someone be so kind as to explain {} to me? Much obliged!",
        "sorry to be a pain, what do we have on {}",
    ),
    "ja": (
        "{}について教えてください",
        "{}を教えていただけますか？",
        "お疲れ様です。すみません、{}をご存じの方いらっしゃいますか？",
        "{}について知りたいのですが、どなたかご存知でしょうか。",
        "いつもお世話になっております。{}の件でお伺いしたく、ご連絡いたしました。",
        "{}って、どうなってますか？",
        "初歩的な質問で恐縮ですが、{}に関してご教示いただけますと幸いです。",
        "{}のことなんだけど、わかる人いる？",
    ),
}
HELD_OUT: Mapping[Language, Sequence[str]] = {
    "en": (
        "Hiya, could somebody kindly let me know about {}?",
        "I'm not sure about {} - does anyone remember?",
        "Evening all. Can I ask something about {}? Thanks a bunch!",
        "Would love some guidance on {}, cheers",
        "Do you happen to have any details regarding {}?",
        "Quick question about {} please :)",
        "I was hoping someone might know something about {}.",
        "@here who can tell me more about {}??",
    ),
    "ja": (
        "こんばんは。{}についてどなたか教えてくださる方はいませんか？",
        "{}について、ざっくり教えてもらえると助かります。",
        "いつもありがとうございます。{}のことで質問です。",
        "{}とは？",
        "すいません、ちょっと{}についてお尋ねしたいのですが…",
        "{}に関して、何か知っていることがあれば教えてほしいです。",
        "申し訳ありませんが、{}についてご説明いただけませんか。",
        "誰か{}知ってる人〜？",
    ),
}


async def ask(base: KnowledgeBase, text: str) -> tuple[str, str]:
    """Return how *text* ends, and the passage that its reply shows first."""
    answer = await answer_case(agent_over(base), Case(id="phrasing", question=text), READER)
    return answer.status, _first(answer)


def _first(answer: Answer) -> str:
    return (
        f"{answer.citations[0].document_id} {answer.citations[0].quote}" if answer.citations else ""
    )


async def measure(base: KnowledgeBase, *, show: bool) -> None:
    print(f"{'':<4}{'phrasings':<12}{'same passage':>14}{'same ending':>14}{'both':>8}")
    for language, subjects in SUBJECTS.items():
        bare = {subject: await ask(base, subject) for subject in subjects}
        for name, phrasings in (("tuned", TUNED[language]), ("held out", HELD_OUT[language])):
            asked = [
                (bare[subject], await ask(base, phrasing.format(subject)), subject, phrasing)
                for subject in subjects
                for phrasing in phrasings
            ]
            passage = [one[1] == other[1] for one, other, _, _ in asked]
            ending = [one[0] == other[0] for one, other, _, _ in asked]
            both = [a and b for a, b in zip(passage, ending, strict=True)]
            print(
                f"{language:<4}{name:<12}{100 * sum(passage) / len(passage):>12.1f} %"
                f"{100 * sum(ending) / len(ending):>12.1f} %{100 * sum(both) / len(both):>6.1f} %"
            )
            for same, (one, other, subject, phrasing) in zip(both, asked, strict=True):
                if show and not same and name == "tuned":
                    print(f"   {phrasing.format(subject)}\n      {one}\n      {other}")


async def _run(*, show: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        await measure(await open_samples(Path(name)), show=show)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--show", action="store_true", help="list the tuned ones that differ")
    asyncio.run(_run(show=parser.parse_args().show))


if __name__ == "__main__":
    main()
