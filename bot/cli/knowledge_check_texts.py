"""The texts of `kotae knowledge check`: each kind of finding, and what to do about it."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.core.language import Language
from knowledge.model.findings import FindingKind


class FindingTexts(NamedTuple):
    """The heading of a kind of finding, the remedy, and the template of a single finding."""

    heading: str
    remedy: str
    item: str = "{documents}"


ENGLISH: Mapping[FindingKind, FindingTexts] = {
    "hidden": FindingTexts(
        "Hidden by the front matter",
        "Nobody finds these until the block above the text is corrected: `---`, `key: value` "
        "lines, `---`; audience is anyone, members, or a list such as ['#hr'].",
        "{documents}: {reason}",
    ),
    "unreadable": FindingTexts(
        "Unreadable",
        "Save the file in a readable format, or exclude it in knowledge.toml.",
        "{documents}: {reason}",
    ),
    "empty-source": FindingTexts(
        "Sources without documents",
        "Correct the path in knowledge.toml, or remove the source.",
        "{documents}: {path}",
    ),
    "conflict": FindingTexts(
        "Possible contradictions",
        "Decide which one is right, then correct or remove the other one, or say in its title "
        "when it applied.",
        "{pair}",
    ),
    "duplicate": FindingTexts(
        "The same document more than once",
        "Keep one, and link to it in place of the others.",
        "{dated} ({similarity})",
    ),
    "undated": FindingTexts(
        "Older than they look",
        "Write the date of the last review as `date: YYYY-MM-DD` into the front matter, or correct "
        "the year in the title.",
        "{documents}: the title says {year}, {origin} {date}",
    ),
    "future": FindingTexts(
        "Dated in the future",
        "Correct the date in the front matter, or the clock of the machine that wrote the file.",
        "{documents}: {date}",
    ),
    "empty": FindingTexts(
        "Almost empty",
        "Write the text, or remove the file. A PDF of scanned pages needs OCR first.",
        "{documents}: {quote}",
    ),
    "named": FindingTexts(
        "Audiences by name",
        "Write the id (Slack shows it at the end of a channel's details): others can take over an "
        "old name. `kotae doctor` lists audiences that anybody can join.",
        "{example}: {documents}",
    ),
    "editions": FindingTexts(
        "Editions for different years",
        "If the older one no longer applies, move it to an archive outside the sources.",
        "{pair}",
    ),
    "stale": FindingTexts(
        "Not updated for a long time",
        "Review them: confirm with a new date, correct, or remove.",
        "{documents}: {date}",
    ),
    "repeated": FindingTexts(
        "The same passage in several documents",
        "Write it once and link to it: one change is then enough, and searches find other texts.",
        "{documents}: {count} passages, such as\n“{quote}”",
    ),
    "oversized": FindingTexts(
        "Very long",
        "Split them by subject: titles then distinguish the passages, and changes are small.",
        "{documents}: {chunks} chunks",
    ),
    "untitled": FindingTexts(
        "Without a title",
        "Write a first heading, or `title:` in the front matter: searches and citations use it.",
    ),
    "unstructured": FindingTexts(
        "Long and without headings",
        "Add headings, so that a citation can lead to the right section.",
        "{documents}: {chunks} chunks",
    ),
    "ownerless": FindingTexts(
        "Without an owner",
        'Write owner = "@name" for the source in knowledge.toml.',
        "{documents}: {count} documents, such as {example}",
    ),
}

JAPANESE: Mapping[FindingKind, FindingTexts] = {
    "hidden": FindingTexts(
        "フロントマターの誤りで隠れている文書",
        "直すまで誰にも見つかりません。本文の前の `---` と `---` の間を `キー: 値` の形に"
        "直してください。audience は anyone、members、または ['#hr'] のような一覧です。",
        "{documents}: {reason}",
    ),
    "unreadable": FindingTexts(
        "読めなかったファイル",
        "読める形式で保存し直すか、knowledge.toml の exclude で外してください。",
        "{documents}: {reason}",
    ),
    "empty-source": FindingTexts(
        "文書のない情報源",
        "knowledge.toml の path を直すか、情報源を外してください。",
        "{documents}: {path}",
    ),
    "conflict": FindingTexts(
        "互いに食い違っているらしい文書",
        "どちらが正しいかを確かめ、もう一方を直すか、消すか、いつの内容かを題名に書いてください。",
        "{pair}",
    ),
    "duplicate": FindingTexts(
        "重複している文書",
        "一つだけ残し、ほかの場所からはリンクしてください。",
        "{dated}（{similarity}）",
    ),
    "undated": FindingTexts(
        "実際より新しく見える文書",
        "内容を最後に確かめた日を、フロントマターに `date: YYYY-MM-DD` と書くか、"
        "題名の年を直してください。",
        "{documents}: 題名は{year}年、{origin}は {date}",
    ),
    "future": FindingTexts(
        "日付が未来の文書",
        "フロントマターの日付か、ファイルを書いた機械の時計を直してください。",
        "{documents}: {date}",
    ),
    "empty": FindingTexts(
        "中身がほとんどない文書",
        "本文を書くか、ファイルを消してください。画像だけの PDF には先に OCR が要ります。",
        "{documents}: {quote}",
    ),
    "named": FindingTexts(
        "名前で書かれた audience",
        "ID で書いてください（Slack のチャンネル詳細の一番下に表示されます）。名前は変更されると"
        "ほかの人が使えます。誰でも参加できるチャンネルは `kotae doctor` で分かります。",
        "{example}: {documents}",
    ),
    "editions": FindingTexts(
        "年度の違う版",
        "古い版がもう使われないなら、情報源でない保管場所へ移してください。",
        "{pair}",
    ),
    "stale": FindingTexts(
        "長く更新されていない文書",
        "読み直して、日付を新しくするか、直すか、消してください。",
        "{documents}: {date}",
    ),
    "repeated": FindingTexts(
        "いくつもの文書にある同じ文章",
        "一か所に書いてリンクすれば、直すのは一度で済み、検索でほかの文章も見つかります。",
        "{documents}: {count} か所、たとえば\n「{quote}」",
    ),
    "oversized": FindingTexts(
        "とても長い文書",
        "主題ごとに分けると、題名で見分けがつき、直すのも小さく済みます。",
        "{documents}: {chunks} チャンク",
    ),
    "untitled": FindingTexts(
        "題名のない文書",
        "最初の見出しか、フロントマターの `title:` を書いてください。"
        "検索され、出典として表示されます。",
    ),
    "unstructured": FindingTexts(
        "見出しのない長い文書",
        "部分ごとに見出しを付けると、引用が正しい場所へつながります。",
        "{documents}: {chunks} チャンク",
    ),
    "ownerless": FindingTexts(
        "担当者のいない情報源",
        'knowledge.toml の情報源に owner = "@name" と書いてください。',
        "{documents}: 文書 {count} 件（例: {example}）",
    ),
}

WORDS: Mapping[Language, Mapping[FindingKind, FindingTexts]] = {"en": ENGLISH, "ja": JAPANESE}

PHRASES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "looked": "{documents} documents, {chunks} chunks, as of {when}: ",
        "counts": "{error} errors, {warning} warnings, {note} notes",
        "nothing": "no findings",
        "more": "… and {count} more (--all)",
        "others": "{count} others",
        "alike": "word for word",
        "nearly": "nearly",
        "stated": "its date",
        "file": "the file",
        "statements": "{count} statements differ",
        "error": "error",
        "warning": "warning",
        "note": "note",
    },
    "ja": {
        "looked": "文書 {documents} 件、チャンク {chunks} 件（{when} 時点）: ",
        "counts": "誤り {error} 件、警告 {warning} 件、参考 {note} 件",
        "nothing": "直すところはありません",
        "more": "… ほか {count} 件（--all）",
        "others": "ほか {count} 件",
        "alike": "同文",
        "nearly": "ほぼ同文",
        "stated": "文書の日付",
        "file": "ファイルの日付",
        "statements": "食い違い {count} か所",
        "error": "誤り",
        "warning": "警告",
        "note": "参考",
    },
}
