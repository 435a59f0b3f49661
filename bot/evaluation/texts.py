"""The report's texts in Japanese."""

from collections.abc import Mapping

JAPANESE: Mapping[str, str] = {
    "right among answers given": "示した回答のうち正しいもの",
    "answered": "回答した割合",
    "answerable, answered right": "答えのある質問に正しく回答",
    "unanswerable, handed over": "答えのない質問を引き継ぎ",
    "answerable, yet handed over": "答えがあるのに引き継ぎ",
    "exact match": "完全一致",
    "F1 (characters in Japanese, words in English)": "F1（日本語は文字、英語は単語）",
    "right source found": "正しい出典を検索で発見",
    "right source first": "正しい出典が1位",
    "citations that support it": "引用のうち正しい出典",
    "answers that cite a right source": "正しい出典を引用した回答",
    "language right": "言語が正しい",
    "cost of an answer": "1回答の費用",
    "time, median": "所要時間（中央値）",
    "time, 95th percentile": "所要時間（95%点）",
    "Wrong answers against answers given": "回答率と誤答率",
    "Left: only the most confident answers; right: all. The band is the exact 95 % interval.": (
        "左ほど確信度の高い回答だけを示した場合。帯は正確な95%区間。"
    ),
    "Right as often as it is confident?": "確信度どおりに正しいか",
    "On the dashed line, confidence equals the share of right answers; below, it is too high.": (
        "破線上なら確信度と正答率が一致。下なら自信過剰。"
    ),
    "Cost against accuracy": "費用と正答率",
    "Up and to the left is better.": "左上ほど良い。",
    "good outcomes": "良い結果（正答・正しい引き継ぎ）",
    "cost of an answer (USD)": "1回答の費用（USD）",
    "time of an answer (seconds)": "1回答の時間（秒）",
    "wrong": "誤り",
    "has no answer": "答えのない質問",
    "not answered": "未回答",
    "failed": "失敗",
}
