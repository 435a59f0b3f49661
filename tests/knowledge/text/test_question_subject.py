"""What is said around a subject is not searched for; the subject is."""

import pytest

from knowledge.text.question_subject import subject_of

SAME = {
    "gift register": (
        "Could you please tell me about the gift register? Thanks in advance!",
        "Hi everyone, does anybody know about the gift register?",
        "Please tell me about the gift register.",
        "hey folks, quick one: the gift register - anyone?",
        "Good morning team, I've been trying to find anything on the gift register. Any tips?",
        "I have a question concerning the gift register. Could anybody assist?",
        "Where can I read up on the gift register?",
        "I've got a customer asking about the gift register, what should I say?",
        "Not urgent, but could you look up the gift register for me?",
        "Sorry if this has come up before, but how about the gift register?",
        "I'd like to know whether there is anything on the gift register",
        "Ｐｌｅａｓｅ tell me about the gift register",
    ),
    "乾電池の回収箱": (
        "乾電池の回収箱について教えてください",
        "乾電池の回収箱を教えていただけますか？",
        "お疲れ様です。すみません、乾電池の回収箱をご存じの方いらっしゃいますか？",
        "いつもお世話になっております。乾電池の回収箱の件でお伺いしたく、ご連絡いたしました。",
        "初歩的な質問で恐縮ですが、乾電池の回収箱に関してご教示いただけますと幸いです。",
        "乾電池の回収箱のことなんだけど、わかる人いる？",
        "乾電池の回収箱についての資料はどこにありますか？",
        "お客様から乾電池の回収箱について質問されました。何と答えればいいですか？",
        "どこを見れば乾電池の回収箱のことが分かりますか？",
        "勉強不足で申し訳ないのですが、乾電池の回収箱の説明をお願いします。",
        "乾電池の回収箱がよくわかりません。助けてください",
    ),
}


@pytest.mark.parametrize(
    ("subject", "question"), [(one, text) for one, texts in SAME.items() for text in texts]
)
def test_a_polite_question_has_the_subject_of_the_bare_one(subject: str, question: str) -> None:
    assert subject_of(question).removeprefix("the ") == subject


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("help page hours?", "help page hours"),
        ("The thank you letter template", "thank you letter"),
        ("How long does the VPN session last?", "How long"),
        ("Who signs off a purchase of 18,000 euros?", "18,000 euros"),
        ("Is it open at 10:30?", "10:30"),
        ("おむつ、どう捨てる？", "おむつ"),
        ("質問箱はどこ？", "質問箱"),
        ("What time do I need to be at the gate?", "What time"),
        ("Who do I ask about badges?", "Who do I ask"),
        ("Is the gate open on Friday, and for how long?", "how long"),
        ("What is the bird known as?", "known"),
        ("I lost my badge, what do I do?", "lost my badge"),
        ("経費については誰に聞けばいいですか？", "誰に"),
        ("人気の講座、何人まで入れますか", "何人まで"),
        ("パスワードを忘れました", "忘れ"),
        ("ごみを引き取ってもらえますか", "引き取って"),
        ("クリーンセンターの予約はいりますか。いつまでに？", "いつまでに"),
    ],
)
def test_words_of_the_subject_stay(question: str, kept: str) -> None:
    assert kept in subject_of(question)


@pytest.mark.parametrize(
    "text", ["hello", "よろしくお願いします。", "please", "https://a.example/leave"]
)
def test_what_has_no_subject_stays_as_it_is(text: str) -> None:
    """There would be nothing left to search for."""
    assert subject_of(text) == text


def test_the_address_of_a_link_is_not_searched() -> None:
    """Its words would win the ranking; the words that it is written with stay."""
    asked = "Where do bikes go? <https://wiki.example.com/annual-leave|the yard guide>"
    assert "annual" not in subject_of(asked)
    assert "guide" in subject_of(asked)
    assert "leave" not in subject_of("Where do bikes go? https://wiki.example.com/annual-leave")
