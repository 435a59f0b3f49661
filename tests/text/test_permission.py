"""A question whether something may be done is answered by what allows or forbids just that."""

import pytest

from bot.text.permission import permission

MET = [
    ("May I write my name on an umbrella?", "Please do not write on the umbrellas.", ""),
    ("May I take a picture of the printer?", "Pictures of the printer are not allowed.", ""),
    ("Am I allowed to park at the door?", "You may park there for ten minutes.", "Parking"),
    ("Is it okay to cook in the kitchen?", "Cooking is forbidden.", "Kitchen"),
    ("Is smoking allowed on the balcony?", "No smoking anywhere in the building.", ""),
    ("Can I bring a dog?", "Yes, on Fridays.", "Can I bring a dog?"),
    ("Would it be fine if I leave early on Friday?", "You may leave at three on Fridays.", ""),
    ("Are visitors allowed to use the gym?", "The gym is open to staff only.", ""),
    ("Can I have a dog in my office?", "Dogs are not allowed in offices.", ""),
    ("Can I get a second monitor?", "A second monitor may be ordered.", ""),
    ("Can I share my login with a colleague?", "Never share your login.", ""),
    ("May I check my payslip at home?", "Payslips may be checked from anywhere.", ""),
    ("音楽を聞いてもいいですか？", "音楽を聞くことは禁止です。", ""),
    ("パスワードを同僚に教えてもいいですか", "パスワードは誰にも教えないでください。", ""),
    ("傘に名前を書いてもいいですか？", "傘には名前を書かないでください。", ""),
    ("会議室で食べてもいい？", "会議室で食べることは禁止です。", ""),
    ("お弁当を持ち込んでも構いませんか", "飲食物の持ち込みはできません。", ""),
    ("飲み物を会議室に持ち込んでもいい？", "食事は別室です。飲み物は持ち込めます。", "会議室"),
    ("プールを使っても構いませんか？", "社員は誰でもプールを使える。", ""),
    ("犬を連れて行っても大丈夫ですか？", "犬を連れた入室は金曜のみ認めます。", ""),
    ("写真を撮ってはいけませんか", "撮影は可能です。写真は自由に撮れます。", ""),
    ("廊下での喫煙は許可されていますか？", "原則として不可です。", "喫煙"),
    ("自転車で通勤してもよろしいでしょうか", "自転車での通勤には届け出が必要です。", ""),
]
UNMET = [
    ("May I write my name on an umbrella?", "Umbrellas stand at the door. Twelve are there.", ""),
    ("May I write my name on an umbrella?", "Umbrellas may be left at the door.", "Umbrellas"),
    ("May I take a picture of the printer?", "The printer stands on the second floor.", ""),
    ("Am I allowed to paint the door?", "The door must be closed at six.", ""),
    ("Is it okay to sleep in the kitchen?", "You may cook in the kitchen.", "Kitchen"),
    ("Is singing permitted in the garden?", "Smoking is permitted in the garden.", ""),
    ("Can we film the lobby?", "The lobby opens at eight. Guests may wait there.", ""),
    ("傘に名前を書いてもいいですか？", "傘は入口の傘立てに置いてください。", "傘"),
    ("会議室で寝てもいい？", "会議室で食べることは禁止です。", ""),
    ("プリンターを分解しても構いませんか", "プリンターは2階にあります。", ""),
    ("犬を散歩させても大丈夫ですか？", "犬は金曜のみ歓迎します。", ""),
    ("廊下で踊ってはだめですか", "廊下は走らないでください。", ""),
    ("社用車の改造は認められますか？", "社用車は予約が必要です。", ""),
    ("在宅で残業するのはダメですか", "在宅勤務は週3日までです。", ""),
    ("私物のPCをつないじゃだめ？", "私物のPCは会社に置かないでください。", ""),
]


@pytest.mark.parametrize(("question", "text", "above"), MET)
def test_what_allows_or_forbids_the_act_answers(question: str, text: str, above: str) -> None:
    met = permission(question)

    assert met is not None
    assert met(text, above)


@pytest.mark.parametrize(("question", "text", "above"), UNMET)
def test_a_thing_in_common_does_not_answer(question: str, text: str, above: str) -> None:
    met = permission(question)

    assert met is not None
    assert not met(text, above)


@pytest.mark.parametrize(
    "question",
    [
        "How many days may I work abroad?",
        "Which class may I book?",
        "When does the office open?",
        "Who can approve travel?",
        "庭の枝は何束まで出していい？",
        "有給は何日ありますか？",
        "休暇はどのように申請すればいいですか？",
        "どこに捨てればいいですか",
        "経費の上限は？",
    ],
)
def test_other_questions_ask_for_no_leave(question: str) -> None:
    assert permission(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "Could I kindly request the wording on parking?",
        "May I ask about the printer?",
        "Can I pick your brains about the dress code?",
        "Could you tell me the code of the door?",
        "Can you show me the way to the lab?",
        "プリンターについて聞いてもいいですか？",
        "場所を聞いてもいいですか",
        "服装について教えていただいてもよろしいでしょうか",
        "服装規定を教えてもらってもいいですか",
    ],
)
def test_asking_is_no_act(question: str) -> None:
    assert permission(question) is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Hi! Does anyone know if we are allowed to film the lobby?", "The lobby opens at 8."),
        ("Could you tell me whether guests may smoke on the roof?", "The roof opens at 8."),
        ("すみません、傘に名前を書いてもいいか教えてください", "傘は入口に置いてください。"),
        ("お疲れ様です。ホワイトボードに書いてもいいですか？", "ホワイトボードは2階です。"),
    ],
)
def test_what_is_said_around_the_question_hides_no_act(question: str, text: str) -> None:
    met = permission(question)

    assert met is not None
    assert not met(text, "")
