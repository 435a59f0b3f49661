"""Greetings, thanks and tests are told from questions."""

import pytest

from bot.text.small_talk import SmallTalk, small_talk_in


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hi", "greeting"), ("Hellooo!", "greeting"), ("ｈｅｌｌｏ", "greeting"),
        ("👍", "greeting"),
        (":wave:", "greeting"), ("Good morning team", "greeting"), ("Hi Anna", "greeting"),
        ("thx :)", "thanks"), ("tahnks", "thanks"), ("Thanks Bob!", "thanks"),
        ("ok thanks", "thanks"), ("Thank you very much for your help!", "thanks"),
        ("test", "test"), ("Testing 1 2 3", "test"), ("who are you?", "about"),
        ("Hi, who are you?", "about"), ("What can you do?", "help"), ("help", "help"),
        ("こんにちは", "greeting"), ("こんにちわ〜", "greeting"), ("お疲れ様です", "greeting"),
        ("ありがとう", "thanks"), ("ありがとー", "thanks"), ("ありがとう、田中さん", "thanks"),
        ("こんにちは！ありがとうございます。", "thanks"), ("了解です", "thanks"),
        ("ﾃｽﾄ", "test"), ("テスト中です", "test"), ("あなたは誰？", "about"),
        ("you rock", "chatter"), ("great answer!", "chatter"), ("tell me a joke", "chatter"),
        ("congrats!", "wish"), ("Merry Christmas", "wish"), ("Happy birthday Anna", "wish"),
        ("bad bot", "complaint"), ("you are wrong", "complaint"), ("shut up", "complaint"),
        ("quick question", "invitation"), ("I have a question", "invitation"),
        ("Hi, I have a quick question", "invitation"), ("can I ask you something?", "invitation"),
        ("yes", "reply"), ("Bonjour", "greeting"), ("안녕하세요", "greeting"),
        ("質問があります", "invitation"), ("ちょっといいですか", "invitation"),
        ("すみません、一つ質問があるのですが", "invitation"), ("教えて", "invitation"),
        ("メリークリスマス", "wish"), ("あけましておめでとうございます", "wish"),
        ("明けましておめでとうございます", "wish"), ("あけおめ", "wish"), ("良いお年を", "wish"),
        ("違います", "complaint"), ("うるさい", "complaint"), ("天才！", "chatter"),
        ("へー", "chatter"), ("wwww", "chatter"), ("日本語話せますか？", "chatter"),
        ("ただいま", "greeting"), ("おかえり", "greeting"), ("はい", "reply"),
        ("使い方を教えてください", "help"), ("何ができますか？", "help"),
    ],
)  # fmt: skip
def test_small_talk_is_told_by_its_kind(text: str, kind: SmallTalk) -> None:
    assert small_talk_in(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, and how do I claim taxi fares?", "help page hours", "test environment",
        "Who are the first aiders?", "What can you do with old laptops?", "hi, what is the VPN?",
        "tank", "parking", "VPN", "thank you letter template",
        "ありがとう、有給は何日ですか", "テスト環境のURL", "こんにちは、経費精算の締め切りは？",
        "Congratulations card budget", "wrong delivery address",
        "I have a question about leave",
        "question box", "Can I ask for a badge?", "Do you know the Wi-Fi password?",
        "Christmas party",
        "質問箱はどこですか", "相談窓口は？", "質問があります。有給は何日ですか", "お年玉",
        "クリスマス会はいつ？", "違う部署に移るには？", "聞きたいことは経費です",
        "使い方のマニュアルはどこ？", "担当者は誰ですか", "有給", "電球は？", "祝日は？",
    ],
)  # fmt: skip
def test_what_asks_something_is_a_question(text: str) -> None:
    assert small_talk_in(text) is None
