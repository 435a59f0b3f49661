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
        "Hi Noor, could you tell me about the gift register? Cheers, Ben",
        "This is Lena from the warehouse. I need information on the gift register.",
        "An applicant asked me about the gift register in a call today and I had no answer.",
        "I'm quite lost when it comes to the gift register.",
        "how does the gift register work?",
        "My team lead suggested I check the gift register with you.",
        "what's up with the gift register",
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
        "木村さん、乾電池の回収箱のことを教えてください",
        "お世話になっております、木村です。乾電池の回収箱についてお尋ねします。",
        "父に乾電池の回収箱を聞かれて困っています",
        "月曜までに乾電池の回収箱について把握しておきたいです",
        "昨日の朝礼で乾電池の回収箱が話題になりました。資料があれば教えてください。",
        "乾電池の回収箱はどの資料にありますか？",
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
        ("How many days of leave do I get? I am a contractor.", "contractor"),
        ("Tell me about parental leave. Especially for fathers.", "fathers"),
        ("The bank details of the company", "bank details"),
        ("ストーブを捨てたいです。料金について教えてください。", "ストーブ"),
        ("引っ越しは来月です。いつまでに申し込めばいいですか。", "来月"),
        ("育児休業について教えてください。特に父親の場合です。", "父親"),
    ],
)
def test_words_of_the_subject_stay(question: str, kept: str) -> None:
    assert kept in subject_of(question)


TRAPS = (
    ("Must I inform the works council about overtime?", "works council"),
    ("How do customers complain about late deliveries?", "customers complain"),
    ("A supplier wants to give me a watch worth about 90 euros.", "watch worth about 90 euros"),
    ("What was our relationship with the US?", "US"),
    ("Where can I stay with a child who travels with me?", "travels with me"),
    ("How is a machine said not to operate?", "not to operate"),
    ("How long until the VPN throws me out?", "throws me out"),
    ("今日の収集は何時まで？", "今日"),
    ("目撃者は誰に知らせますか", "誰に"),
    ("遠足のルールを教えてください", "遠足のルール"),
    ("届出は来週までに必要ですか", "来週までに"),
    ("Help centre", "Help centre"),
    ("Contacts", "Contacts"),
    ("Finding a mentor", "Finding a mentor"),
    ("Hi, could you tell me about the help centre? Thanks!", "help centre"),
    ("Tell me about working hours please", "working hours"),
    ("Can somebody explain the point system?", "point system"),
    ("Where is the information point?", "information point"),
    ("Please tell me about the suggestion box", "suggestion box"),
    ("Does anyone know about the support rota?", "support rota"),
    ("Who do I tell about a lost badge?", "Who do I tell"),
    ("Who should I ask about a broken chair?", "Who should I ask"),
    ("When does the help centre open?", "When does the help centre open"),
    ("how many guests may i bring pls", "how many guests"),
    ("How long can I keep a library book?", "How long can I keep a library book"),
    ("My laptop was stolen. Where do I call and how fast?", "how fast"),
    ("Can I carry over leave or not?", "or not"),
    ("Which trips are not covered by the insurance?", "not covered"),
    ("What must never be shared by email?", "never be shared by email"),
    ("Who is Anna Meyer?", "Anna Meyer"),
    ("Tell me about Kotae Hall 3", "Hall 3"),
    ("What happens if I lose my badge?", "lose my badge"),
    ("I lost my badge but how do I get a new one?", "lost my badge"),
    ("Hi all, where do I find form A-38?", "form A-38"),
    ("Is there a limit of 50 euros, and who signs?", "50 euros"),
    ("Please explain the thank you card process", "thank you card"),
    ("Asking for references from former employers", "references from former employers"),
    ("Sharing documents with clients", "Sharing documents with clients"),
    ("Reading list", "Reading list"),
    ("Reply templates", "Reply templates"),
    ("Meeting notes", "Meeting notes"),
    ("Learning days", "Learning days"),
    ("Morning meeting", "Morning meeting"),
    ("Could you point me to the sick note page, and until when must I hand it in?", "until when"),
    ("which week is the office closed?", "which week"),
    ("What time is the welcome talk?", "What time is the welcome talk"),
    ("How often do I need to change my password?", "How often"),
    ("Who may not enter the lab?", "not enter the lab"),
    ("Do we pay for taxis after 22:00? thx", "22:00"),
    ("What does ERR-4012 mean?", "ERR-4012"),
    ("whos on call tonight", "tonight"),
    ("お問い合わせ窓口", "お問い合わせ窓口"),
    ("質問票", "質問票"),
    ("相談窓口", "相談窓口"),
    ("調べ方", "調べ方"),
    ("お客様相談室について教えてください", "お客様相談室"),
    ("質問票はどこにありますか？よろしくお願いします", "質問票"),
    ("相談窓口の受付時間を教えてください", "相談窓口の受付時間"),
    ("連絡網", "連絡網"),
    ("有給はいつまでに申請しますか", "いつまでに"),
    ("経費は誰が承認しますか？", "誰が承認"),
    ("休暇は何日もらえますか", "何日"),
    ("手数料はいくらですか、教えてください", "いくら"),
    ("会議室は何人まで使えますか", "何人まで"),
    ("出張できない場合はありますか", "できない"),
    ("社外に持ち出してはいけない書類は？", "いけない書類"),
    ("田中さんの連絡先を教えてください", "田中さん"),
    ("第3会議室について教えて", "第3会議室"),
    ("ERR-4012って何ですか", "ERR-4012"),
    ("スプレー缶は何本まで出せますか", "何本まで"),
    ("検索のコツ", "検索のコツ"),
    ("情報セキュリティ規程について教えて", "情報セキュリティ規程"),
    ("服装のルールを教えてください", "服装のルール"),
    ("就業規則はどこですか", "就業規則"),
    ("新人研修について知りたい", "新人研修"),
    ("よくある質問", "よくある質問"),
    ("お知らせ", "お知らせ"),
    ("案内図", "案内図"),
    ("説明会の日程を教えてください", "説明会の日程"),
    ("人事の担当者は誰ですか", "誰"),
    ("回答期限はいつですか", "いつ"),
    ("マニュアルの更新手順", "マニュアルの更新手順"),
    ("在宅勤務を認めない部署はどこですか", "認めない"),
    ("パスワードを忘れました。どうすればいいですか", "忘れ"),
    ("連絡先を知りたい", "連絡先"),
    ("18,000円を超える購入は誰に聞けばいいですか", "誰に"),
    ("7月7日の収集はありますか", "7月7日"),
    ("お礼状の書き方", "お礼状の書き方"),
    ("感謝祭はいつ？", "感謝祭はいつ"),
    ("どの曜日に持ち込めますか。教えてください", "どの曜日"),
    ("いまから申し込めますか", "いまから申し込め"),
)
"""Questions whose words might be taken for those said around a subject, and what has to stay."""


@pytest.mark.parametrize(("question", "kept"), TRAPS)
def test_what_looks_like_a_request_may_be_the_subject(question: str, kept: str) -> None:
    assert kept in subject_of(question)


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Tell me about repairs. I broke my phone.", "repairs broke my phone"),
        ("I broke my phone. Tell me about repairs.", "broke my phone repairs"),
        ("Tell me about repairs. My phone is broken.", "repairs phone is broken"),
        (
            "Tell me about repairs please! The screen of my laptop is cracked.",
            "repairs screen of my laptop is cracked",
        ),
        ("How does the insurance work? I lost my badge.", "insurance I lost my badge"),
        ("Can you tell me about sick leave? My child is ill.", "sick leave child is ill"),
        ("I'd like to know about badges. Mine was stolen.", "badges Mine was stolen"),
        (
            "Please explain refunds. We bought the wrong printer.",
            "refunds bought the wrong printer",
        ),
        ("Tell me about waste. I want to return my laptop.", "waste return my laptop"),
        ("Lost my badge. What do we have on replacements?", "Lost my badge replacements"),
        ("修理について教えてください。スマホを壊しました。", "修理 スマホを壊しました"),
        ("スマホを壊しました。修理について教えてください。", "スマホを壊しました 修理"),
        ("修理について教えてください。スマホが壊れました。", "修理 スマホが壊れました"),
        ("修理を教えて。スマホの画面が割れてしまって。", "修理 スマホの画面が割れてしま"),
        (
            "修理について教えてください。携帯電話の画面が割れました。",
            "修理 携帯電話の画面が割れました",
        ),
        (
            "修理を教えてください。スマホが動かなくて困っています。",
            "修理 スマホが動かなくて困っています",
        ),
        ("修理について教えて。スマホ落としちゃった。", "修理 スマホ落としちゃった"),
        (
            "病気休暇について教えてください。子どもが熱を出しました。",
            "病気休暇 子どもが熱を出しました",
        ),
        (
            "粗大ごみについて教えてください。ソファを捨てたいです。",
            "粗大ごみ ソファを捨てたいです",
        ),
    ],
)
def test_what_happened_to_the_asker_is_part_of_the_subject(question: str, kept: str) -> None:
    """It says of what kind the subject is, in front of the request as behind it."""
    assert subject_of(question) == kept


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Tell me about repairs. I lost the leaflet about it.", "repairs"),
        ("Tell me about repairs. My boss wanted an answer.", "repairs"),
        ("Tell me about repairs. I was on holiday when it was discussed.", "repairs"),
        ("Tell me about repairs. My dog ate the letter.", "repairs"),
        ("Tell me about repairs. I slept badly.", "repairs"),
        ("Tell me about repairs. I want to get it right.", "repairs"),
        ("Thanks for adding me! My first question is about repairs.", "repairs"),
        ("修理について教えてください。もらったチラシをなくしました。", "修理"),
        ("修理について教えてください。上司に頼まれました。", "修理"),
        ("修理について教えてください。前に読んだのですが内容を忘れました。", "修理"),
        ("検索しても出てこなかったので質問します。修理について。", "修理"),
    ],
)
def test_why_somebody_asks_is_no_part_of_it(question: str, subject: str) -> None:
    assert subject_of(question) == subject


FRAMES = {
    "the gift register": (
        "Good morning team, I would love to understand {} a bit better.",
        "sorry if this was asked before but what is the situation with {}",
        "Trying to figure out {}, anyone?",
        "{} - where is that documented?",
        "I have been looking everywhere for {} and cannot find it",
        "@kotae {} pls",
        "whats the deal with {}",
        "yo any1 know abt {}",
        "Please to explain me {}.",
        "Where in the handbook is {} covered?",
        "Is {} described anywhere?",
        "any docs on {}?",
        "Got anything on {}, lads?",
        "Gimme everything on {}",
        "what's {} about?",
        "tl;dr of {}?",
        "Please share details about {} at your earliest convenience.",
        ":wave: hello, anything on {}? :pray:",
        "Someone asked me about {} and I had no answer",
        "{} where do i find that",
        "I work in the Lissenau lab and rarely use Slack. What's known about {}?",
        "I started on Monday as a junior accountant. Can you tell me about {}?",
        "Tell me about {}. The notice on the fridge has gone.",
        "How does {} work? The training video was far too long.",
        "Olga in the canteen mentioned {} this morning.",
        "During the fire drill somebody brought up {}, and we got stuck.",
        "For the yearly newsletter of the choir I need a line about {}.",
        "What do we have in place for {}?",
        "How is {} regulated here?",
        "what even is the thing with {}",
        "{} details",
        "query: {}",
    ),
    "乾電池の回収箱": (
        "{}を調べているのですが、どこを見ればいいですか",
        "{}に詳しい方いますか",
        "{}のページを教えて",
        "{}まわりのルールを知りたい",
        "{}につきまして、ご案内いただけますでしょうか。",
        "お手すきの際に、{}についてお教えください",
        "{}ちゅうのは何やねん",
        "{}わかりますか",
        "{}どこに書いてあるんやろ",
        "{}って書いてあるとこ教えて",
        "ごめん、{}ってどうなってたっけ",
        "忘れちゃったんだけど、{}って何だっけ？",
        "恥ずかしながら{}をよく理解できていません。",
        "kotaeさん、{}について教えて",
        "{}なんだけどさ",
        "新人です！{}について教えて",
        "上長より{}について確認するよう指示がありました。",
        "急ぎです。{}を教えてください。",
        "いろいろ調べたのですが分からず…{}について教えてください。",
        "{}のリンクください🙏",
        "経理から異動してきた者です。{}はどうなっていますか。",
        "マンションの管理人をしています。{}について住民に伝えたいです。",
        "職場の田中部長から{}を調べろと言われました。",
        "ママ友とのランチで{}の話になりました。",
        "{}はどのように決められていますか。",
        "{}の取り扱いは？",
        "{}を教えてください。来週、妻に説明しなければなりません。",
    ),
}


@pytest.mark.parametrize(
    ("subject", "frame"), [(one, text) for one, texts in FRAMES.items() for text in texts]
)
def test_every_kind_of_frame_is_left_out(subject: str, frame: str) -> None:
    assert subject_of(frame.format(subject)) == subject_of(subject)


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
