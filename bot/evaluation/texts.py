"""The texts of reports, comparisons and certificates."""

from collections.abc import Mapping

from bot.core.i18n import Text


def _by_name(*texts: Text) -> Mapping[str, Text]:
    """Return *texts* by their English words, which name what they are about."""
    return {text.en: text for text in texts}


METRICS = _by_name(
    Text("right among answers given", "示した回答のうち正しいもの"),
    Text("answered", "回答した割合"),
    Text("answerable, answered right", "答えのある質問に正しく回答"),
    Text("unanswerable, handed over", "答えのない質問を引き継ぎ"),
    Text("answerable, yet handed over", "答えがあるのに引き継ぎ"),
    Text("exact match", "完全一致"),
    Text("F1 (characters in Japanese, words in English)", "F1（日本語は文字、英語は単語）"),
    Text("right source found", "正しい出典を検索で発見"),
    Text("right source first", "正しい出典が 1 位"),
    Text("citations that support it", "示した出典のうち正しいもの"),
    Text("answers that cite a right source", "正しい出典を示した回答"),
    Text("language right", "言語が正しい"),
    Text("cost of an answer", "1 回答の費用"),
    Text("time, median", "所要時間（中央値）"),
    Text("time, 95th percentile", "所要時間（95% 点）"),
    Text("good outcomes", "良い結果（正答・正しい引き継ぎ）"),
    Text("cost of an answer (USD)", "1 回答の費用（USD）"),
    Text("time of an answer (seconds)", "1 回答の時間（秒）"),
)
FAILURES = _by_name(
    Text("wrong", "誤り"),
    Text("has no answer", "答えのない質問"),
    Text("not answered", "未回答"),
    Text("failed", "失敗"),
)

# The page

CASES = Text("cases", "件")
CERTIFICATE = Text("Certificate", "証明書")
CONFIDENCE_CHECK = Text("Is confidence calibrated?", "確信度は正答率に合っているか")
RISK = Text("Wrong answers by share answered", "回答率と誤答率")
RISK_NOTE = Text(
    "From the most confident answers (left) to all answers (right). The band is the exact 95 % "
    "interval.",
    "左ほど、確信度の高い回答だけを示した場合です。帯は正確な 95% 区間です。",
)
SHARE_ANSWERED = Text("share of questions answered", "回答率")
SHARE_WRONG = Text("share of these wrong", "誤答率")
RELIABILITY = Text("Confidence and accuracy", "確信度と正答率")
RELIABILITY_NOTE = Text(
    "On the dashed line, confidence equals the share of right answers. Below it, confidence is "
    "too high.",
    "破線の上では、確信度と正答率が等しくなります。破線より下では、確信度が高すぎます。",
)
CONFIDENCE = Text("confidence", "確信度")
SHARE_RIGHT = Text("share right", "正答率")
COST = Text("Cost", "費用")
PRICES = Text("Cost and accuracy", "費用と正答率")
PRICES_NOTE = Text("Up and to the left is better.", "左上ほど良い結果です。")
PRICE_UNKNOWN = Text("price unknown", "価格不明")
COST_OF_ANSWER = Text("cost of an answer", "1 回答の費用")
ANSWERED_RIGHT = Text("answered right", "正答")
ALL_METRICS = Text("All metrics", "すべての指標")
VALUE = Text("value", "値")
INTERVAL = Text("95 % interval", "95% 区間")
COMPARISON = Text("Comparison", "比較")
DIFFERENCE = Text("difference", "差")
WENT_WRONG = Text("What went wrong", "失敗の一覧")
QUESTION = Text("question", "質問")
EXPECTED = Text("expected", "期待した回答")
ANSWER = Text("answer", "回答")

# What a comparison shows

HIGHER = Text("{name} is higher", "{name}の方が高い")
NO_DIFFERENCE = Text("no difference seen", "差は見られません")
NO_PROOF = Text("no proof yet", "まだ証明されていません")
NO_PROOF_BUT_PLAN = Text(
    "no proof yet (about {needed} {needed:case|cases} needed)",
    "まだ証明されていません（約 {needed} 件必要）",
)

# What a certificate promises

PROMISE = Text(
    "Of the answers shown at confidence {floor:.3f} or more, at least {accuracy} % are right, with "
    "{sure} % certainty ({errors} wrong of {labels} that people checked). {share} % of all "
    "questions get an answer. This holds while questions stay like those used for calibration.",
    "確信度 {floor:.3f} 以上の回答だけを示すとき、その {accuracy}% 以上が正しいことを "
    "{sure}% の信頼度で保証します（人が確認した {labels} 件中、誤り {errors} 件。"
    "質問全体の {share}% に回答）。今後の質問が校正に使った質問と同様であることが前提です。",
)


def named(name: str) -> Text:
    """Return the text of the metric or failure *name*; a name without one is shown as it is."""
    return METRICS.get(name) or FAILURES.get(name) or Text(*(_literal(name),) * 2)


def _literal(words: str) -> str:
    return words.replace("{", "{{").replace("}", "}}")
