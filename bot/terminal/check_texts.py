"""The words for what `kotae knowledge check` finds: what it is, and what to do about it."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.types import Language
from knowledge.findings import Kind


class Words(NamedTuple):
    """What a kind of finding is called, what to do, and how one of them is written."""

    heading: str
    remedy: str
    item: str = "{documents}"


ENGLISH: Mapping[Kind, Words] = {
    "hidden": Words(
        "Hidden by the front matter",
        "Nobody finds these until the block above the text is mended: `---`, `key: value` lines, "
        "`---`; audience is anyone, members, or a list such as ['#hr'].",
        "{documents}: {reason}",
    ),
    "unreadable": Words(
        "Could not be read",
        "Save the file anew in a format that can be read, or exclude it in knowledge.toml.",
        "{documents}: {reason}",
    ),
    "empty-source": Words(
        "Sources without documents",
        "Correct the path in knowledge.toml, or take the source out.",
        "{documents}: {path}",
    ),
    "conflict": Words(
        "Seem to contradict each other",
        "See which one holds, then correct the other, remove it, or let its title say for which "
        "time it holds.",
        "{pair}",
    ),
    "duplicate": Words(
        "The same document more than once",
        "Keep one, and link to it from where the others were.",
        "{dated} ({likeness})",
    ),
    "undated": Words(
        "Look newer than they are",
        "Write the day on which the text was last true as `date: YYYY-MM-DD` into the front "
        "matter, or correct the year in the title.",
        "{documents}: the title says {year}, {origin} {date}",
    ),
    "future": Words(
        "Dated in the future",
        "Correct the date in the front matter, or the clock of the machine that wrote the file.",
        "{documents}: {date}",
    ),
    "empty": Words(
        "Next to nothing in them",
        "Write the text, or remove the file. A PDF of scanned pages needs OCR first.",
        "{documents}: {said}",
    ),
    "named": Words(
        "Audiences by name",
        "Write the id (Slack shows it at the end of a channel's details): others can take a name "
        "that was given up. `kotae doctor` names audiences that anybody can join.",
        "{example}: {documents}",
    ),
    "editions": Words(
        "Editions for different years",
        "If the older one no longer holds, move it to an archive that is no source.",
        "{pair}",
    ),
    "stale": Words(
        "Not touched for long",
        "Read them again: confirm with a new date, correct, or remove.",
        "{documents}: {date}",
    ),
    "repeated": Words(
        "The same passage in several documents",
        "Say it once and link to it: a change reaches all readers, and searches find other things.",
        "{documents}: {count} passages, such as\n“{said}”",
    ),
    "oversized": Words(
        "Very long",
        "Cut them by subject: titles then tell passages apart, and one change is one small change.",
        "{documents}: {chunks} chunks",
    ),
    "untitled": Words(
        "No title of their own",
        "Write a first heading, or `title:` in the front matter: it is searched, and shown as the "
        "source.",
    ),
    "unstructured": Words(
        "Long without a heading",
        "Put headings above the parts, so that a citation can lead to the right one.",
        "{documents}: {chunks} chunks",
    ),
    "ownerless": Words(
        "Nobody to ask",
        'Write owner = "@name" for the source in knowledge.toml.',
        "{documents}: {count} documents, such as {example}",
    ),
}

JAPANESE: Mapping[Kind, Words] = {
    "hidden": Words(
        "フロントマターの誤りで隠れている文書",
        "直すまで誰にも見つかりません。本文の前の `---` と `---` の間を `キー: 値` の形に"
        "直してください。audience は anyone、members、または ['#hr'] のような一覧です。",
        "{documents}: {reason}",
    ),
    "unreadable": Words(
        "読めなかったファイル",
        "読める形式で保存し直すか、knowledge.toml の exclude で外してください。",
        "{documents}: {reason}",
    ),
    "empty-source": Words(
        "文書のない情報源",
        "knowledge.toml の path を直すか、情報源を外してください。",
        "{documents}: {path}",
    ),
    "conflict": Words(
        "互いに食い違っているらしい文書",
        "どちらが正しいかを確かめ、もう一方を直すか、消すか、いつの内容かを題名に書いてください。",
        "{pair}",
    ),
    "duplicate": Words(
        "重複している文書",
        "一つだけ残し、ほかの場所からはリンクしてください。",
        "{dated}（{likeness}）",
    ),
    "undated": Words(
        "実際より新しく見える文書",
        "内容を最後に確かめた日を、フロントマターに `date: YYYY-MM-DD` と書くか、"
        "題名の年を直してください。",
        "{documents}: 題名は{year}年、{origin}は {date}",
    ),
    "future": Words(
        "日付が未来の文書",
        "フロントマターの日付か、ファイルを書いた機械の時計を直してください。",
        "{documents}: {date}",
    ),
    "empty": Words(
        "中身がほとんどない文書",
        "本文を書くか、ファイルを消してください。画像だけの PDF には先に OCR が要ります。",
        "{documents}: {said}",
    ),
    "named": Words(
        "名前で書かれた audience",
        "ID で書いてください（Slack のチャンネル詳細の一番下に表示されます）。名前は変更されると"
        "ほかの人が使えます。誰でも参加できるチャンネルは `kotae doctor` で分かります。",
        "{example}: {documents}",
    ),
    "editions": Words(
        "年度の違う版",
        "古い版がもう使われないなら、情報源でない保管場所へ移してください。",
        "{pair}",
    ),
    "stale": Words(
        "長く更新されていない文書",
        "読み直して、日付を新しくするか、直すか、消してください。",
        "{documents}: {date}",
    ),
    "repeated": Words(
        "いくつもの文書にある同じ文章",
        "一か所に書いてリンクすれば、直すのは一度で済み、検索でほかの文章も見つかります。",
        "{documents}: {count} か所、たとえば\n「{said}」",
    ),
    "oversized": Words(
        "とても長い文書",
        "主題ごとに分けると、題名で見分けがつき、直すのも小さく済みます。",
        "{documents}: {chunks} チャンク",
    ),
    "untitled": Words(
        "題名のない文書",
        "最初の見出しか、フロントマターの `title:` を書いてください。"
        "検索され、出典として表示されます。",
    ),
    "unstructured": Words(
        "見出しのない長い文書",
        "部分ごとに見出しを付けると、引用が正しい場所へつながります。",
        "{documents}: {chunks} チャンク",
    ),
    "ownerless": Words(
        "担当者のいない情報源",
        'knowledge.toml の情報源に owner = "@name" と書いてください。',
        "{documents}: 文書 {count} 件（例: {example}）",
    ),
}

WORDS: Mapping[Language, Mapping[Kind, Words]] = {"en": ENGLISH, "ja": JAPANESE}

PHRASES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "looked": "{documents} documents, {chunks} chunks, as of {when}: ",
        "counts": "{error} errors, {warning} warnings, {note} notes",
        "nothing": "nothing to mend",
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
