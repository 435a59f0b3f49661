"""Asks each subject in many phrasings, and compares the first passages and the endings.

    python -m benchmarks.answers.phrasings

A phrasing is consistent if it ends as the bare subject does, with the same first passage. The
subjects are headings of the sample documents. Sixteen phrasings of each language were looked at
while the first data in `knowledge/text/phrases/` was written, and forty later ones while the
grammar of requests was. The twenty-four that are held out were written by somebody who had seen
neither.
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
        "{}について教えてください",
        "{}を教えていただけますか？",
        "お疲れ様です。すみません、{}をご存じの方いらっしゃいますか？",
        "{}について知りたいのですが、どなたかご存知でしょうか。",
        "いつもお世話になっております。{}の件でお伺いしたく、ご連絡いたしました。",
        "{}って、どうなってますか？",
        "初歩的な質問で恐縮ですが、{}に関してご教示いただけますと幸いです。",
        "{}のことなんだけど、わかる人いる？",
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
LATER: Mapping[Language, Sequence[str]] = {
    "en": (
        "Anyone got the lowdown on {}?",
        "Can someone walk me through {}?",
        "Where can I read up on {}?",
        "Where would I find info about {}?",
        "What do I need to know about {}?",
        "Hoping for a pointer to {}, many thanks.",
        "Could we get some clarity around {}?",
        "Hey Kotae, {}?",
        "I keep forgetting {}, can somebody jog my memory?",
        "New joiner here, so forgive the dumb question, but what about {}?",
        "What are the details of {}?",
        "Do we have a page on {}?",
        "Is there any documentation for {}?",
        "Is there something written down about {}?",
        "I've got a customer asking about {}, what should I say?",
        "Need info on {} asap",
        "My manager told me to ask here about {}.",
        "Not urgent, but could you look up {} for me?",
        "Sorry if this has come up before, but how about {}?",
        "Give me a summary of {}",
        "I can't seem to find anything on {}. Help?",
        "Would appreciate it if somebody explained {}.",
        "{} - where do I look?",
        "Regarding {}: any thoughts?",
        "Re: {}",
        "As for {}, what do we know?",
        "I need help with {}.",
        "Please advise on {}.",
        "I'd be grateful for anything on {}.",
        "Just checking, what about {}? Ta!",
        "Let's talk about {}.",
        "Tell me everything you know about {}.",
        "Does the handbook mention {}?",
        "Who could tell me a bit about {}?",
        "I was told you can help me with {}?",
        "Possibly a silly one: {}?",
        "hi hi! {} pls 🙏",
        "Morning! Got a minute? It's about {}.",
        "Can anybody point me in the right direction for {}?",
        "My question concerns {}. Thanks in advance for your help!",
    ),
    "ja": (
        "{}についての資料はどこにありますか？",
        "{}の件、どなたか分かりますでしょうか。",
        "{}について確認させてください。",
        "{}について調べています。",
        "{}に関する情報をお持ちの方はいらっしゃいますか？",
        "{}ってどこに書いてありますか？",
        "{}について何か決まりはありますか？",
        "お忙しいところ恐れ入ります。{}についてお伺いできますでしょうか。",
        "{}について詳しく知りたいです！",
        "{}がよく分からなくて困っています。",
        "{}のこと教えて〜",
        "{}、教えてもらえませんか？",
        "すみませーん、{}なんですけど…",
        "{}についてまとめてもらえますか",
        "{}の説明をお願いします。",
        "{}の概要を知りたいのですが。",
        "新しく入った者です。{}について、ご教示いただけないでしょうか。",
        "質問させていただきます。{}についてです。",
        "{}とはどういうものですか？",
        "{}とは何でしょうか",
        "念のため確認ですが、{}についてはどうでしょうか。",
        "{}について、参考になるものがあれば共有をお願いします。",
        "{}の話なんですが、ご存じですか？",
        "前にも聞いたかもしれませんが、{}について再度教えてください。",
        "{}についてアドバイスください",
        "どこを見れば{}のことが分かりますか？",
        "{}の情報ください。",
        "{}で検索しても出てこないのですが、どこかにありますか？",
        "ちょっと教えてほしいんだけど、{}",
        "お世話になります。表題の件、{}についてご確認をお願いいたします。",
        "{}が知りたい",
        "{}に関してはどこに聞けばいいですか？",
        "{}について誰に聞けばよいか分からず、こちらで質問します。",
        "えーと、{}って何でしたっけ？",
        "{}、どうなってるんだろう",
        "夜分にすみません、{}について。",
        "ねえねえ、{}は？",
        "{}について一言でお願いします",
        "お客様から{}について質問されました。何と答えればいいですか？",
        "先輩に言われて来ました。{}についてお聞きしてもよろしいでしょうか？",
    ),
}
HELD_OUT: Mapping[Language, Sequence[str]] = {
    "en": (
        "Good morning team, I would love to understand {} a bit better.",
        "sorry if this was asked before but what is the situation with {}",
        "Need some guidance regarding {}, cheers",
        "Trying to figure out {}, anyone?",
        "Is there somewhere I could look up {}?",
        "Hey Kotae, quick one: {}?",
        "Would it be possible to get the details of {}?",
        "I was told to ask here about {}.",
        "Not sure who to ask, but could you clarify {} for me?",
        "Remind me again, {}?",
        "My manager wants to know about {}. Can you help?",
        "What can you tell a new joiner about {}?",
        "Do we have anything written down on {}?",
        "{} - where is that documented?",
        "Hoping someone here knows about {} :)",
        "Please give me a short summary of {}",
        "Just wondering about {}…",
        "Got a question on {}, who can help?",
        "I have been looking everywhere for {} and cannot find it",
        "Can you point me to the page on {}?",
        "Tell me everything about {}, please",
        "May I ask about {}?",
        "How about {}?",
        "@kotae {} pls",
    ),
    "ja": (
        "おはようございます。{}について確認させてください。",
        "初歩的な質問ですみません、{}ってどうなっていますか？",
        "{}に関する資料はありますか",
        "{}のこと、誰か分かる人いませんか？",
        "新しく入った者です。{}について知っておくことはありますか？",
        "{}を調べているのですが、どこを見ればいいですか",
        "念のため{}を確認したいです",
        "恐れ入りますが、{}の件でお伺いします",
        "{}、どこかに書いてありますか？",
        "{}が分からず困っています。助けてください",
        "上司に聞かれたのですが、{}について教えていただけますか",
        "{}の概要をざっくり説明して",
        "ちょっと聞きたいんだけど、{}は？",
        "{}についてお聞きしてもよろしいでしょうか。",
        "以前も聞いたかもしれませんが、{}をもう一度教えてください",
        "{}の情報が欲しいです",
        "{}に詳しい方いますか",
        "{}って何でしたっけ",
        "お忙しいところ恐縮です。{}についてご教示いただけますと幸いです。",
        "{}のページを教えて",
        "{}まわりのルールを知りたい",
        "質問です！{}？",
        "{}に関して、ご存知でしたら教えてください🙏",
        "{}はどうすればいいんでしょうか",
    ),
}
"""Written before the grammar of requests was, and looked at by nobody who works on it."""


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
        for name, phrasings in (
            ("tuned", TUNED[language]),
            ("later", LATER[language]),
            ("held out", HELD_OUT[language]),
        ):
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
