"""Whether a message in a channel is a question to everybody that documents could answer. Pure.

A bot that speaks up among people unasked has to be right about being wanted, so that everything
here is in doubt no such question: words of the moment ("today", "still"), of pointing ("this",
"that"), to one person ("you"), of asking for help or company, of surprise and of agreement. They
are lists and not a model, so that they cost nothing and can be corrected; `benchmarks.auto_answers`
measures them on written talk in both languages.
"""

import re
import unicodedata

from bot.text.called_person import calls_somebody
from bot.text.small_talk import small_talk_in
from knowledge.text.analysis import content_terms

LONGEST = 300
"""Characters; what is longer is a report, a log or a discussion."""

MOST_LINES = 3

LEAST_WORDS = 2
"""Words that name something: with one alone, nobody knows what is meant."""

_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_PASTED = re.compile(
    r"```|`[^`]*[=(){};/\\][^`]*`|^\s*(?:&gt;|>)|https?://|\b\d{1,2}:\d{2}:\d{2}\b|0x[0-9a-f]{4}"
    r"|(?i:\b(?:traceback|exception|stack ?trace|npm err|exit code|segfault|errno|nullpointer))"
    r"|\b(?:ERROR|WARN|WARNING|FATAL|DEBUG)\b|[{};|\\]|==|::|->",
    re.MULTILINE,
)
_CALLS_OUT = re.compile(r"(?<!\w)[@#]\w|<[@#!]")
_LAUGHS = re.compile(
    r"[?？!！]{2,}|[!！][?？]|…[?？]|\b(?:lol|haha\w*|lmao|omg|wtf|smh|ugh|jk|/s)\b"
    r"|:(?:joy|laughing|rofl|sob|rolling_eyes|face_with_rolling_eyes|upside_down_face|wink"
    r"|facepalm|face_palm|shrug|thinking_face|sweat_smile|grin|smirk|fire|scream):"
    r"|[😀-😆😂🤣😅😉😏🙄🙃😭😱🤔🤷🤦]|[（(]笑|笑[）)。]?$|(?<![a-zｗ])[wｗ]{1,20}[?？。]{0,5}$|草[?？。]{0,5}$",
    re.IGNORECASE,
)

# English

_COURTESY = re.compile(
    r"\b(?:thank you|thanks|many thanks|please|sorry|excuse me|hi|hello|hey|good (?:morning"
    r"|afternoon|evening)|all|everyone|everybody|folks|team|quick question|a question|question"
    r"|in advance|so much|very much|a lot)\b",
    re.IGNORECASE,
)
_KNOWS = (
    r"(?:(?:does|do|would) (?:anyone|anybody|someone|somebody|any of (?:us|the team))"
    r"(?: here| in here| happen to| by chance)* know,?|anyone(?: here)? knows?"
    r"|(?:can|could) (?:anyone|anybody|someone|somebody)(?: here)?(?: please)?"
    r" (?:tell me|explain|remind me|point me to|let me know)"
    r"|i(?:'d like| would like| want| need) to know|i(?:'m| am| was) (?:wondering|looking for)"
    r"|i wonder)"
)
_WH = (
    r"how (?:many|much|long|often|far|early|late|soon|old|fast|quickly"
    r"|do i|do we|do you|do people|do employees"
    r"|do new|can i|should i|should we|does (?:one|a|an|the|our)|to|is (?:the|a|an|our|my)"
    r"|are (?:the|our|new))"
    r"|what(?:'s| is| are) (?:the|a|an|our|my|considered|included|covered)"
    r"|what (?!if|about|a |an |are|is|was|were|did|do you|happened|else|next|now|for|on earth"
    r"|the )\w+"
    r"|when (?:is|are|do|does|can|must|should|'s)"
    r"|when's|where(?:'s| is| are| do| can| should)"
    r"|which|who (?:approves|signs|handles|manages|owns|decides|pays|do i|should i|can i|may"
    r"|is (?:responsible|in charge|the (?:owner|contact|head))|to (?:ask|contact))"
    r"|(?:within|by|up to|on|after|before|in|at|for|until|from|to|under) (?:what|which|when|whom"
    r"|how (?:many|much|long))"
)
_YES_NO = (
    r"(?:is|are) (?:there|it (?:possible|allowed|ok|okay|permitted|required|necessary|mandatory"
    r"|fine)|the|a|an|my|our|[a-z-]+s\b|[a-z-]+ing\b)"
    r"|(?:is|are) [a-z][a-z -]{2,40} (?:covered|included|allowed|reimbursed|required|taxed|paid"
    r"|available|free|mandatory|permitted)\b"
    r"|(?:can|may|must|do|am) i\b|do we (?:get|have|need|offer|pay|reimburse|cover)"
    r"|(?:do|can|may|must) (?:new|all|part|full|employees|staff|contractors|interns|managers|people"
    r"|members|guests|visitors)"
    r"|does (?:the|our|my|a|an)\b"
)
_ASKS_ENGLISH = re.compile(
    rf"^(?:{_KNOWS} (?:if |whether )?.{{4,}}|(?:{_WH})\b.{{4,}}"
    rf"|(?:{_YES_NO}).{{4,}}|.{{0,60}}[,:] (?:{_WH})\b.{{4,}})",
    re.IGNORECASE,
)
_ONE_PERSON = re.compile(
    r"\b(?:you(?:'re|'ve|'ll|'d)?|your|yours|u|ur|y'all|guys)\b", re.IGNORECASE
)
_ANYBODY_DOES = re.compile(
    r"\b(?:how|where|when|what) do you\b(?! (?:think|feel|like|guys|all|say))"
)
_POINTS = re.compile(
    r"\b(?:he|she|him|her|his|hers|they|them|their|these|those|here|this one|that one|such a)\b"
    r"|\bthis\b(?! (?:year|month|quarter|fiscal))"
    r"|\b(?:is|are|was|does|did|do|about|like|of|for|on|with|to|in|mean|means) that\b"
    r"|\bthat\s*(?:[?.!,]|$)|^that\b"
    r"|(?<!\bis )(?<!\bdoes )\bit\b|\bdoes it (?!take|cost)"
    r"|\bis it (?!possible|allowed|ok|okay|permitted|required|necessary|mandatory|fine)"
    r"|(?<!\bis )(?<!\bare )\bthere\b",
    re.IGNORECASE,
)
_OF_THE_MOMENT = re.compile(
    r"\bthen\s?\?|\b(?:today|tonight|tomorrow|yesterday|now|currently|just|earlier|later|still|yet|already"
    r"|anymore|again|so far|ago|lately|recently|finally|this (?:morning|afternoon|evening|week"
    r"|weekend|sprint|time)|last (?:night|week|time|month)|next (?:week|time|sprint)"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day's|prod|production|staging|build|deploy\w*|outage"
    r"|down|broken|crash\w*|failing|failed|stuck|slow|meeting|lunch|dinner|coffee|beer|drinks|pizza"
    r"|cake|weather|game|match|score|playlist|song|movie|weekend)\b",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"\b(?:what|how) about\b|\bshall we\b|\blet's\b|\bany (?:ideas?|thoughts|volunteers|opinions"
    r"|objections|suggestions|recommendations|takers|plans|news|updates?)\b|\bthoughts\b"
    r"|\bwho (?:wants|else|is (?:in|free|around|up|coming|going)|has|broke|took|left|did|ate|moved"
    r"|changed|deleted|can|will|would|knew|cares|needs|doesn't|does|said)\b|\bwho's\b"
    r"|\b(?:can|are|should|could|will|would|may) we\b"
    r"|\b(?:should we|best|favou?rite|better|worth|recommend\w*|prefer\w*|think|opinion|feel|guess"
    r"|bet|imagine)\b|\bwhy\b|\bhow come\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:any ?one|any ?body|some ?one|some ?body|every ?one|every ?body|no ?body)\b",
    re.IGNORECASE,
)
_FOR_EFFECT = re.compile(
    r"(?:,|\.{2,9}|-|—)\s{0,3}"
    r"(?:right|no|yes|huh|eh|ok|okay|correct|really|seriously|or what|hm{1,9}|or not"
    r"|(?:is|are|do|does|was|were|did|has|have|had|can|could|will|would|should)(?:n't)?"
    r" (?:it|they|we|i|he|she|there))\s{0,3}[?.!]{0,5}$"
    r"|^(?:is|are|do|does|did|was|were|has|have|had|can|could|will|would|should)n't\b|^ain't\b"
    r"|\b(?:on earth|the hell|the heck|in the world|for real|kidding|joking|seriously|honestly"
    r"|literally|possibly|even|ever|really|actual|actually|supposed to"
    r"|go wrong|is life|of us|the point"
    r"|just me|only one|guess what|you know what|wouldn't|too much to ask|how hard)\b"
    r"|\bone (?:human|person|man|company)\b"
    r"|\bhow (?:cool|great|nice|awesome|bad|crazy|weird|hard|funny|cute|lucky|typical)\b"
    r"|\bmany (?:times|more times)\b|\bmuch longer\b|\bin a world\b|\bis the new\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:^|[?.!,] )(?:(?:[Ww]hen|[Ww]here|[Ww]ho|[Hh]ow|[Ww]hy) )?"
    r"(?:[Ii]s|[Dd]oes|[Dd]o|[Cc]an|[Hh]as|[Dd]id|[Ww]ill|[Ww]hen's|[Ww]here's|[Tt]ell|[Aa]sk)"
    r" [A-Z][a-z]{1,14}\b"
    r"|\b(?:[Qq]uestion|[Aa]sking|[Oo]ne) (?:for|to) [A-Z][a-z]{1,14}\b"
)

# Japanese

_ASKS_JAPANESE = re.compile(
    r"(?:いつ|どこ|どの|どれ(?:くらい|ぐらい|だけ)|どうやって|どうすれば|どうしたら|どちらに"
    r"|何(?:日|時|円|回|人|年|歳|枚|名|個|ヶ月|か月|カ月|ヵ月|パーセント|割|が必要|を(?:使|提出|用意)"
    r"|に|曜|本|袋|束|か所|箇所|件|リットル|分|キロ|グラム|センチ|ごみ|種|週|泊|階|度|点)"
    r"|第何|いくら|いくつ|(?:誰|だれ|どなた)(?:が承認|に(?:申請|連絡|提出|相談|聞け|問い合わせ|頼め))"
    r"|方法|手順|やり方|期限|締め?切り?|上限|条件|対象|必要|可能|支給|できますか|出ますか|使えますか"
    r"|[^、。]{2,9}の[^、。]{2,12}(?<!さん)は\??$|もらえますか|ありますか|なりますか|ご存[知じ]|教えて|知りたい)"
)
_ENDS_ASKING = re.compile(
    r"(?:[?？]|(?:です|ます|でしょう|ません)か|は(?:いつ|いくら|どこ|何[日時円曜回枚人個年]{1,2})"
    r"|教えてください|教えて下さい|教えてもらえますか"
    r"|教えていただけますか|教えてほしいです|知りたいです)[。．.!！\s]*"
    r"(?:(?:よろしく)?お願い(?:いた|致)?します[。．.!！]?|ありがとうございます[。．.!！]?|🙏|:pray:|\s)*$"
)
_ALL_JAPANESE = re.compile(
    r"皆さま?ん?|皆様|みなさん|みなさま|お客[様さ]ん?|取引先様|お疲れ(?:様|さま)|仕様|同様|様式|様子"
)
_PERSON_JAPANESE = re.compile(
    r"[\wァ-ヶー]{1,10}(?:さん|くん|ちゃん|先生|部長|課長|係長|先輩)|[\w]{1,8}様(?:[、,\s]|$)"
    r"|あなた|(?<!諸)君(?:は|が|の|に)|お前|おまえ|彼女?(?:は|が|の|に|も)"
)
_POINTS_JAPANESE = re.compile(
    r"これ(?!から)|それ|あれ|この(?!会社)|その|あの(?![、ー])|ここ|そこ|あそこ|こちら|そちら|こっち"
    r"|そっち|さっき|先ほど|例の|上記|そういう|こういう|あんな|そんな|こんな|^(?:で|じゃあ?|では)、"
    r"|^[^、。]{1,8}の(?:場合|とき|時|方)は\??$"
)
_OF_THE_MOMENT_JAPANESE = re.compile(
    r"今日|本日|明日|あした|昨日|昨夜|今から|これから|今夜|今晩|今朝|今週|来週|先週|週末|いま|ただ今"
    r"|現在|今(?![年月期後回])|もう|まだ|やっと|最近|また|この後|さっそく|昼[飯食]|ランチ|飲み"
    r"|お?弁当|天気|雨|雪|会議|ミーティング|打ち合わせ|ましたか|ましたっけ|でしたか|だった|かった"
    r"|落ちて|止まって|動いて|動か|壊れ|繋がら|つながら|エラー|本番|デプロイ|ビルド|重い|重く|遅い"
    r"|いますか|いる人|見た人|届い|帰り|出社|た[んの]です|たの[?。]*$|みんな"
)
_TOGETHER_JAPANESE = re.compile(
    r"(?<!教え)て(?:もらえ|いただけ|頂け|くれ)(?:ますか|ませんか|る|ない)"
    r"|(?<!もらえ)(?<!いただけ)(?<!頂け)ませんか|お願いでき|[るいた]方[、はがい]|ましょう|どうでしょう|どうですか|いかが"
    r"|どう思|意見|と思いますか|と思う|どっち|(?:どれ|どちら)が|好き|おすすめ|オススメ|お勧め|いい(?:です)?か"
    r"|良い(?:です)?か|よい(?:です)?か|する人|行く人|来る人|欲しい人|ほしい人|手伝|誰か.{0,12}(?:して|お願)"
    r"|(?:誰|だれ)が?(?:やる|やり|行く|行き|来る|担当します)|確認して|見て|送って|貸して|直して|対応して"
)
_FOR_EFFECT_JAPANESE = re.compile(
    r"(?:よね|だよ|でしょ|でしょう|じゃん|じゃない(?:です)?か?|ではないです?か|だろう?か?|っけ|かな[あぁー]?"
    r"|かしら|とは|のか|わけ|[ろえけせめれ]と)[?？!！。…〜~\s]*$"
    r"|なんで|なぜ|何故|どうして|一体|いったい|まじ|マジ|ほんと|本当に|うそ|嘘|何それ|なにそれ|なんだ"
    r"|誰得|ありえ|いつになったら|何回|何度|どんだけ|どうなって|どうする|どうしよう|世の中|人生"
    r"|なんて|って何[?？]?$|いつまで(?:続|待)|一生"
)
_MANY_TIMES = re.compile(r"(?:年|月|週|最大|上限)に?何回|何回まで")


def asks_everybody(text: str) -> bool:
    """Tell whether *text*, as plain text, asks everybody for something that may be written down."""
    if len(text) > LONGEST or _PASTED.search(text) or _CALLS_OUT.search(text):
        return False
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = " ".join(unicodedata.normalize("NFKC", line) for line in lines)
    if not said or len(lines) > MOST_LINES or _LAUGHS.search(said) or small_talk_in(said):
        return False
    if (
        calls_somebody(_ALL_JAPANESE.sub("", said).lstrip("、, "))
        or len(content_terms(said)) < LEAST_WORDS
    ):
        return False
    return _japanese(said) if _JAPANESE.search(said) else _english(said)


def _english(said: str) -> bool:
    plain = said.replace("’", "'")
    sentences = [one.strip(" ,:!.-") for one in re.split(r"(?<=[?.!])\s+", plain)]
    bare = [_COURTESY.sub(" ", one) if "?" not in one else one for one in sentences]
    asked = [one for one in bare if one.endswith("?")]
    if not asked or len(asked) > 1 or "?" not in plain[-40:]:
        return False
    question = _without_greeting(asked[0])
    # A name is looked for before the greeting goes: "Question for Ken: …" has both.
    if not _ASKS_ENGLISH.match(question) or _NAMED.search(asked[0]):
        return False
    rest = re.sub(_KNOWS, " ", _ANYBODY_DOES.sub(" ", plain.lower()))
    rest = re.sub(r"\bthank you\b|\b(?:hi|hello|hey|morning|thanks)[ ,]+\w+\b", " ", rest)
    refused = (_ONE_PERSON, _POINTS, _OF_THE_MOMENT, _TOGETHER, _SOMEBODY)
    return not any(pattern.search(rest) for pattern in refused) and not _FOR_EFFECT.search(question)


def _without_greeting(question: str) -> str:
    """Return *question* without the greeting, or the words about asking, at its beginning."""
    greeting = re.match(
        r"(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|sorry|excuse me|quick question"
        r"|question|ok|okay|um+|hmm*)\b"
        r"(?: (?:all|everyone|everybody|folks|team|there))?[ ,:!.-]+)+",
        question,
        re.IGNORECASE,
    )
    return question[greeting.end() :] if greeting else question


def _japanese(said: str) -> bool:
    plain = _ALL_JAPANESE.sub("", said)
    if not _ENDS_ASKING.search(plain) or not _ASKS_JAPANESE.search(plain):
        return False
    if plain.count("?") > 1:
        return False
    counted = _MANY_TIMES.sub("", plain)
    refused = (_PERSON_JAPANESE, _POINTS_JAPANESE, _OF_THE_MOMENT_JAPANESE, _TOGETHER_JAPANESE)
    return not any(pattern.search(counted) for pattern in (*refused, _FOR_EFFECT_JAPANESE))
