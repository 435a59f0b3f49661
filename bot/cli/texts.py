"""What commands print in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.i18n import Text
from knowledge.model.findings import FindingKind, FindingLevel

if TYPE_CHECKING:
    from bot.core.types import HandoffState

# The first files

INIT_FOUND = Text(
    "{count} {count:document|documents} found: {formats}",
    "文書が {count} 件見つかりました: {formats}",
)
INIT_OTHERS = Text(
    "Files in other formats are not read: {formats}", "ほかの形式は読み取りません: {formats}"
)
INIT_NOTHING = Text(
    "No documents found in {folder}. Kotae reads Markdown, TXT, HTML, PDF, Word, PowerPoint, Excel "
    "and CSV. Name their folder: kotae init FOLDER",
    "{folder} に文書が見つかりません。読み取れる形式は Markdown・TXT・HTML・PDF・Word・PowerPoint・"
    "Excel・CSV です。フォルダーを指定してください: kotae init フォルダー",
)
INIT_NOTHING_HERE = Text(
    "There are no documents in that folder. Kotae reads Markdown, TXT, HTML, PDF, Word, "
    "PowerPoint, Excel and CSV. Write another folder, or - to choose again.",
    "そのフォルダーには文書がありません。読み取れる形式は Markdown・TXT・HTML・PDF・Word・"
    "PowerPoint・Excel・CSV です。別のフォルダーを入力するか、- で選び直してください。",
)
INIT_WHERE = Text(
    "Where are your team's documents?\n"
    "  1  in a folder on this machine\n"
    "  2  in a git repository\n"
    "  3  on a web site\n"
    "  4  in Slack channels\n"
    "  0  nowhere yet, or elsewhere (Drive, Confluence, Notion and others: see "
    "docs/how-to/sources/index.md)\n"
    "Add them one at a time. Answer - to choose again; Ctrl-C stops, and nothing is written.",
    "資料はどこにありますか？\n"
    "  1  このパソコンのフォルダー\n"
    "  2  git のリポジトリ\n"
    "  3  Web サイト\n"
    "  4  Slack のチャンネル\n"
    "  0  まだ決めていない、またはほかの場所（Drive、Confluence、Notion など: "
    "docs/how-to/sources/index.md）\n"
    "1 つずつ追加できます。- と入力すると選び直せます。"
    "Ctrl-C を押すと、何も書き込まずに終了します。",
)
INIT_WHERE_ELSE = Text(
    "Add more?  1 folder  2 git  3 web site  4 Slack  0 no more",
    "追加しますか？  1 フォルダー  2 git  3 Web サイト  4 Slack  0 追加しない",
)
INIT_NUMBER = Text("Number", "番号")
INIT_NO_NUMBER = Text("Type a number from 0 to 4.", "0 から 4 までの番号を入力してください。")
INIT_FOLDER = Text("Folder", "フォルダー")
INIT_GIT = Text(
    "Address of the repository, or its path here",
    "リポジトリのアドレス、またはこのパソコンでのパス",
)
INIT_BRANCH = Text("Branch (Enter: the default branch)", "ブランチ（Enter: 既定のブランチ）")
INIT_TOKEN = Text(
    "Name of the environment variable that holds its token (Enter: none, it is public)",
    "トークンが入っている環境変数の名前（Enter: なし、公開リポジトリ）",
)
INIT_WEB = Text(
    "Address of the sitemap, or of the page to start at",
    "サイトマップのアドレス、または最初に読むページのアドレス",
)
INIT_PREFIX = Text("Read what begins with", "読む範囲（アドレスの先頭）")
INIT_SLACK = Text(
    "Channels: #name, id or link; separate several by commas",
    "チャンネル（#名前・ID・リンク。複数はコンマ区切り）",
)
INIT_CHOSEN = Text("Added {name}: {place}", "追加しました: {name}（{place}）")
INIT_CHOSEN_BEFORE = Text(
    "{name} is there already: {place}", "すでに追加されています: {name}（{place}）"
)
INIT_LATER = Text(
    "No source yet, so nothing was written. Run `kotae init` again when you have one, or "
    "`kotae try` for the samples.",
    "情報源がないため、何も書き込みませんでした。"
    "決まったら `kotae init` をもう一度実行してください。"
    "サンプルは `kotae try` で試せます。",
)
INIT_EXISTS = Text(
    "{file} exists already. Add sources to it?", "{file} はすでにあります。情報源を追加しますか？"
)
INIT_REPLACE = Text(
    "Replace it? The old one is kept as {old}.",
    "新しいものに置き換えますか？ 以前のものは {old} として残します。",
)
INIT_ADDED = Text("Added to {file}: {names}", "{file} に追加しました: {names}")
INIT_BY_HAND = Text(
    "Nothing was changed: the sources in {file} are not [[sources]] tables. Add these lines by "
    "hand:\n{tables}",
    "{file} の情報源が [[sources]] の形で書かれていないため、何も変更していません。"
    "次の行を手で追加してください。\n{tables}",
)
INIT_TOKEN_MISSING = Text(
    "{name} is not set yet. Write it into {file}: {name}=…",
    "{name} がまだ設定されていません。{file} に書いてください: {name}=…",
)
INIT_TRYING = Text("Asking the sources …", "情報源に接続しています…")
INIT_REACHED = Text("✓ {name} can be read: {place}", "✓ {name} を読めます: {place}")
INIT_WRONG = Text("✗ {reason}", "✗ {reason}")
INIT_INVITE = Text(
    "– {name}: `kotae serve` reads {channels} once somebody has invited Kotae there "
    "(/invite @kotae)",
    "– {name}: {channels} は、Kotae をそこに招待（/invite @kotae）すると、`kotae serve` が読みます",
)
INIT_READ_NOW = Text(
    "Read the documents now? A large site may take a while.",
    "いま資料を読み込みますか？ 大きなサイトでは時間がかかることがあります。",
)
INIT_COUNTED = Text("{name}: {count} {count:document|documents}", "{name}: 文書 {count} 件")
INIT_CORRECT = Text(
    "Correct what is marked ✗ in {file} or .env. Then:\n  kotae doctor\n  kotae knowledge sync",
    "✗ の付いた項目を {file} か .env で直してから、次のコマンドを実行してください:\n"
    "  kotae doctor\n"
    "  kotae knowledge sync",
)
INIT_READ_LATER = Text(
    "Read the documents:\n  kotae knowledge sync", "資料を読み込むには:\n  kotae knowledge sync"
)
INIT_YES = Text("y yes", "はい ええ")
INIT_NO = Text("n no", "いいえ いや")
INIT_YES_OR_NO = Text("Type y or n.", "y か n を入力してください。")
INIT_KEPT = Text(
    "Kept {file}, which exists already.", "{file} はすでにあるため、そのままにします。"
)
INIT_MOVED = Text("Kept the old {file} as {old}.", "以前の {file} を {old} として残しました。")
INIT_WROTE = Text("Wrote {file}.", "{file} を作成しました。")
INIT_WROTE_ENV = Text(
    "Wrote {file}, readable by you alone.", "{file} を作成しました（あなただけが読めます）。"
)
INIT_SERVER = Text(
    "{name} runs on this machine. To let {model} write the answers, set in .env: "
    "OPENAI_BASE_URL={url} OPENAI_MODEL={model} OPENAI_EMBEDDING_MODEL=hashing",
    "このパソコンで {name} が動いています。{model} に回答を書かせるには .env に設定してください: "
    "OPENAI_BASE_URL={url} OPENAI_MODEL={model} OPENAI_EMBEDDING_MODEL=hashing",
)
INIT_USE_SERVER = Text(
    "{name} runs on this machine ({url}). Let {model} write the answers?",
    "このパソコンで {name} が動いています（{url}）。{model} に回答を書かせますか？",
)
INIT_EMPTY = Text(
    "The index is empty: none of the files could be read.",
    "読み取れるファイルがなく、索引は空です。",
)
INIT_ANY_QUESTION = Text("your question", "質問")
INIT_NEXT = Text(
    "Ask your documents:\n  kotae ask {question}\n"
    "When they have changed:\n  kotae knowledge sync\n"
    "To add sources, run kotae init again. Other kinds (Drive, Confluence, Notion and others): see "
    "docs/how-to/sources/index.md.",
    "資料に質問してみましょう:\n  kotae ask {question}\n"
    "資料が変わったら:\n  kotae knowledge sync\n"
    "情報源を増やすには、もう一度 kotae init を実行します。ほかの種類（Drive、Confluence、Notion "
    "など）: docs/how-to/sources/index.md",
)
INIT_NEXT_SLACK = Text(
    "Then add Kotae to Slack:\n"
    "  kotae manifest\n"
    "  Paste it at https://api.slack.com/apps, put the two tokens into .env, and run:\n"
    "  kotae doctor && kotae serve",
    "Slack に追加するには:\n"
    "  kotae manifest\n"
    "  出力を https://api.slack.com/apps に貼り付け、2 つのトークンを .env に書いて、"
    "次を実行します:\n"
    "  kotae doctor && kotae serve",
)

# The weight of the vectors

QUESTIONS = Text(
    "{questions} {questions:question|questions} ({left_out} left out), embedder {embedder}",
    "質問 {questions} 件（対象外 {left_out} 件）、埋め込み {embedder}",
)
HALVES = Text(
    "One half of the questions chooses the weight; the other (held out) confirms it.",
    "質問の半分で重みを選び、残りの半分（検証用）で確かめます。",
)
WEIGHT = Text("weight", "重み")
CHOOSING_HALF = Text("choosing half", "選択用の半分")
HELD_OUT_HALF = Text("held-out half", "検証用の半分")
IN_USE = Text("in use", "現在")
BEST = Text("best", "最良")
GAIN = Text(
    "On the held-out half, {best} improves nDCG@10 by {gain:+.1f} over {current} "
    "(with 95 % confidence, by {least:+.1f} or more).",
    "検証用の半分で、{best} は {current} より nDCG@10 が {gain:+.1f} 高くなります"
    "（95 % の信頼度で {least:+.1f} 以上）。",
)
WRITE = Text(
    "Write into knowledge.toml, or run again with --write:",
    "knowledge.toml に次のように書くか、--write を付けてもう一度実行してください:",
)
WRITTEN = Text("Written to {file}:", "{file} に書きました:")
KEEP = Text(
    "No proven gain: keep {current}. The best weight of the choosing half, {best}, "
    "changes nDCG@10 by {gain:+.1f} on the held-out half.",
    "向上は証明されませんでした。{current} のままにしてください。"
    "選択用の半分で最良の {best} は、検証用の半分では nDCG@10 の差が {gain:+.1f} です。",
)
SAME = Text(
    "No gain: the weight in use, {current}, is the best.",
    "向上はありません。現在の {current} が最良です。",
)

# Files that are not in the index

SKIPPED = Text("skipped", "対象外")
UNREAD_FILES = Text("{count} {count:file|files}: {reason}", "{count} 件: {reason}")
SUCH_AS = Text("such as {names}", "例: {names}")
PASSED_OVER: Mapping[str, Text] = {
    "hidden": Text(
        "hidden, because the name begins with a dot; a folder counts as one",
        "名前が「.」で始まる隠しファイル（フォルダーは 1 件と数えます）",
    ),
    "lock": Text(
        "a lock file of an open Office document", "開いている Office 文書のロックファイル"
    ),
    "excluded": Text(
        "left out by `exclude` in knowledge.toml; a folder counts as one",
        "設定（knowledge.toml の exclude）によって除外しています（フォルダーは 1 件と数えます）",
    ),
    "linked-folder": Text(
        "a link to a folder: name that folder as a source of its own",
        "フォルダーへのリンク: リンク先を別の情報源として登録してください",
    ),
    "dangling-link": Text(
        "a link to a file that does not exist: mend or remove it",
        "存在しないファイルへのリンク: 修正するか削除してください",
    ),
    "special": Text("a pipe or a device, not a file", "通常のファイルではありません"),
    "link": Text(
        "a link in a repository: the file that it leads to is read",
        "リポジトリ内のリンク: リンク先のファイルを読み取ります",
    ),
    "submodule": Text(
        "another repository within this one: add it as a source of its own",
        "サブモジュール: 別の情報源として登録してください",
    ),
    "git-lfs": Text(
        "stored in Git LFS, which is not read: put the file into the repository itself",
        "Git LFS に保存されたファイルは読み取りません: リポジトリに直接入れてください",
    ),
    "name": Text(
        "its path is longer than 1,000 characters, or has control characters in it: rename it",
        "パスが 1,000 文字を超えるか、制御文字を含みます: 名前を変えてください",
    ),
    "twin": Text(
        "its name looks like that of another file in its folder, which is read: rename it",
        "同じフォルダーに見分けのつかない名前のファイルがあり、そちらを読み取ります: "
        "名前を変えてください",
    ),
    "large": Text(
        "too large to be read: split it",
        "大きすぎて読み取れません: 分割してください",
    ),
    "elsewhere": Text(
        "kept outside Slack, which has only a link: add the place where it is kept as a source",
        "Slack の外にあり、リンクだけが共有されています: 保存先を情報源に追加してください",
    ),
    "duplicate": Text(
        "the same text as at another address, which is read",
        "別のアドレスと同じ内容です（そちらを読み取ります）",
    ),
    "noindex": Text(
        "a page that asks programs to leave it out (noindex), as DokuWiki does for days after each "
        "change: change that on the site",
        "読み取らないよう求めるページです（noindex。DokuWiki では更新後の数日間も該当します）: "
        "サイト側の設定を変えてください",
    ),
    "addresses": Text(
        "a part of the site with no end of addresses, such as a calendar: the first were read; "
        "exclude it, or leave it as it is",
        "カレンダーなど、サイトがアドレスを際限なく作る場所です: 最初の分だけ読み取りました。"
        "必要なら exclude で除外してください",
    ),
    "format": Text(
        "{ending} is not read: save its content in another format, such as PDF, Word or Markdown",
        "{ending} は読み取りません: 内容を PDF・Word・Markdown などで保存してください",
    ),
    "image": Text(
        "{ending} is a picture: write what it says into a document",
        "{ending} は画像です: 内容を文書に書き起こしてください",
    ),
    "picture": Text(
        "a picture: if there is text in it, set ocr = true for its source (needs kotae[ocr])",
        "画像です: 文字が含まれるなら、その情報源に ocr = true を設定してください"
        "（kotae[ocr] が必要です）",
    ),
    "slack": Text(
        "direct messages and lists of people in an export of Slack are not read",
        "Slack の書き出しのうち、ダイレクトメッセージと名簿は読み取りません",
    ),
    "recording": Text(
        "{ending} is a recording: save a transcript as text",
        "{ending} は録音・録画です: 書き起こしを文章で保存してください",
    ),
    "archive": Text(
        "{ending} is an archive: unpack it", "{ending} は圧縮ファイルです: 展開してください"
    ),
    "code": Text(
        "{ending} is a program or its data, not a document",
        "{ending} はプログラムかそのデータで、文書ではありません",
    ),
}
"""Why a file is not read, and what to do; `format` is told by families of endings."""

REMEDIES: Mapping[str, Text] = {
    "contains no text": Text(
        "nothing to do if it is a placeholder; else open it and save it again",
        "意図した空のファイルなら、そのままで構いません。そうでなければ、開いて保存し直してください",
    ),
    "protected by a password": Text(
        "save a copy without the password", "パスワードを外したコピーを保存してください"
    ),
    "locked": Text(
        "save a copy without the password", "パスワードを外したコピーを保存してください"
    ),
    "larger than": Text("split it", "分割してください"),
    "took longer than": Text("split it, or save it again", "分割するか、保存し直してください"),
    "needs too much memory": Text("split it", "分割してください"),
    "is nested too deeply": Text("save it again, simpler", "構造を簡単にして保存し直してください"),
    "cannot be read": Text(
        "let the account that runs Kotae read it",
        "Kotae を動かすアカウントに読む権限を与えてください",
    ),
    "the parser crashed": Text(
        "open it, and save it again or as PDF", "開いて、保存し直すか PDF にしてください"
    ),
    "not a readable": Text(
        "it may be damaged: open it, and save it again",
        "壊れている可能性があります。開いて保存し直してください",
    ),
    "not a text file": Text("give it the ending of its format", "形式に合う拡張子を付けてください"),
    "a link to a file outside": Text(
        "copy the file into the folder", "ファイルをフォルダーの中にコピーしてください"
    ),
}
"""What to do, by the beginning of a reason that does not say so itself."""

DOUBTS: Mapping[str, Text] = {
    "control": Text(
        "{count} % of its characters are not letters of any language",
        "文字の {count} % がどの言語の文字でもありません",
    ),
    "replaced": Text(
        "{count} {count:character|characters} could not be decoded (\ufffd)",
        "{count} 文字を読み取れません（\ufffd）",
    ),
    "pages": Text(
        "{count} {count:page|pages} without any text", "文字のないページが {count} ページあります"
    ),
    "kept": Text(
        "only {count} % of the words in the file were found",
        "ファイル内の語の {count} % しか読み取れていません",
    ),
}
"""What is suspicious about a text."""

# The findings of a check


@dataclass(frozen=True, slots=True)
class FindingTexts:
    """The heading of a kind of finding, the remedy, and the template of a single finding."""

    heading: Text
    remedy: Text
    item: Text = Text("{documents}", "{documents}")  # noqa: RUF009 - frozen


FINDINGS: Mapping[FindingKind, FindingTexts] = {
    "hidden": FindingTexts(
        Text("Hidden by the front matter", "フロントマターの誤りで表示されない文書"),
        Text(
            "Nobody can find these until the block above the text is corrected: `---`, "
            "`key: value` lines, `---`; audience is anyone, members, or a list such as ['#hr'].",
            "直すまで、誰の検索にも出ません。本文の前の `---` と `---` の間を `キー: 値` の形に"
            "直してください。audience は anyone、members、または ['#hr'] のような一覧です。",
        ),
        Text("{documents}: {reason}", "{documents}: {reason}"),
    ),
    "unreadable": FindingTexts(
        Text("Unreadable", "読み取れなかったファイル"),
        Text(
            "Save the file in a readable format, or exclude it in knowledge.toml.",
            "読み取れる形式で保存し直すか、knowledge.toml の exclude で除外してください。",
        ),
        Text("{documents}: {reason}", "{documents}: {reason}"),
    ),
    "partly-read": FindingTexts(
        Text("Partly read", "一部を読み取れなかった文書"),
        Text(
            "The rest can be found. For the missing pages, do what each line says.",
            "ほかの部分は検索できます。足りないページは、それぞれの指示に従ってください。",
        ),
        Text("{documents}: {reason}", "{documents}: {reason}"),
    ),
    "empty-source": FindingTexts(
        Text("Sources without documents", "文書のない情報源"),
        Text(
            "Correct the place in knowledge.toml, or remove the source. "
            "`kotae knowledge sources` says whether it can be reached.",
            "knowledge.toml の場所の指定を直すか、情報源を外してください。"
            "接続できるかどうかは `kotae knowledge sources` で確認できます。",
        ),
        Text("{documents}: {path}", "{documents}: {path}"),
    ),
    "unread-source": FindingTexts(
        Text("Slack channels without documents yet", "まだ文書のない Slack のチャンネル"),
        Text(
            "Run `kotae serve`, which reads them by itself. `kotae knowledge sources` says how far "
            "it has got.",
            "`kotae serve` を動かすと自動で読み取ります。進み具合は `kotae knowledge sources` で"
            "確認できます。",
        ),
        Text("{documents}: {path}", "{documents}: {path}"),
    ),
    "conflict": FindingTexts(
        Text("Possible contradictions", "内容が食い違っている可能性のある文書"),
        Text(
            "Decide which one is right, then correct or remove the other one, or say in its title "
            "when it applied.",
            "どちらが正しいかを確かめ、もう一方を直すか、消すか、いつの内容かをタイトルに書いてください。",
        ),
        Text("{pair}", "{pair}"),
    ),
    "duplicate": FindingTexts(
        Text("The same document more than once", "重複している文書"),
        Text(
            "Keep one, and link to it in place of the others.",
            "1 つだけ残し、ほかの場所からはそこにリンクしてください。",
        ),
        Text("{dated} ({similarity})", "{dated}（{similarity}）"),
    ),
    "undated": FindingTexts(
        Text("Older than they look", "実際より新しく見える文書"),
        Text(
            "Write the date of the last review as `date: YYYY-MM-DD` into the front matter, or "
            "correct the year in the title.",
            "内容を最後に確かめた日を、フロントマターに `date: YYYY-MM-DD` と書くか、"
            "タイトルの年を直してください。",
        ),
        Text(
            "{documents}: the title says {year}, {origin} {date}",
            "{documents}: タイトルは {year} 年、{origin}は {date}",
        ),
    ),
    "future": FindingTexts(
        Text("Dated in the future", "日付が未来の文書"),
        Text(
            "Correct the date in the front matter, or the clock of the machine that wrote the "
            "file.",
            "フロントマターの日付か、ファイルを書いたマシンの時計を直してください。",
        ),
        Text("{documents}: {date}", "{documents}: {date}"),
    ),
    "empty": FindingTexts(
        Text("Almost empty", "中身がほとんどない文書"),
        Text(
            "Write the text, or remove the file. A PDF of scanned pages needs OCR first.",
            "本文を書くか、ファイルを消してください。スキャンした PDF には、先に OCR が必要です。",
        ),
        Text("{documents}: {quote}", "{documents}: {quote}"),
    ),
    "named": FindingTexts(
        Text("Audiences by name", "名前で書かれた audience"),
        Text(
            "Write the id (Slack shows it at the end of a channel's details): others can take over "
            "an old name. `kotae doctor` lists audiences that anybody can join.",
            "ID で書いてください（Slack のチャンネル詳細の一番下に表示されます）。"
            "古い名前は、ほかの人が使えるようになるためです。"
            "誰でも参加できるチャンネルは `kotae doctor` でわかります。",
        ),
        Text("{example}: {documents}", "{example}: {documents}"),
    ),
    "editions": FindingTexts(
        Text("Editions for different years", "年度の違う版"),
        Text(
            "If the older one no longer applies, move it to an archive outside the sources.",
            "古い版をもう使わないなら、情報源の外の保管場所へ移してください。",
        ),
        Text("{pair}", "{pair}"),
    ),
    "stale": FindingTexts(
        Text("Not updated for a long time", "長く更新されていない文書"),
        Text(
            "Review them: confirm with a new date, correct, or remove.",
            "内容を見直し、日付を更新するか、修正するか、削除してください。",
        ),
        Text("{documents}: {date}", "{documents}: {date}"),
    ),
    "repeated": FindingTexts(
        Text("The same passage in several documents", "いくつもの文書にある同じ文章"),
        Text(
            "Write it once and link to it. Then one change is enough, and searches have room for "
            "other passages.",
            "1 か所に書いてリンクしてください。変更が一度で済み、検索でほかの文章も見つかります。",
        ),
        Text(
            "{documents}: {count} {count:passage|passages}, such as\n“{quote}”",
            "{documents}: {count} か所、たとえば\n「{quote}」",
        ),
    ),
    "oversized": FindingTexts(
        Text("Very long", "とても長い文書"),
        Text(
            "Split them by subject: titles then tell the passages apart, and edits stay small.",
            "主題ごとに分けてください。タイトルで見分けられるようになり、変更も小さくて済みます。",
        ),
        Text("{documents}: {chunks} {chunks:chunk|chunks}", "{documents}: {chunks} チャンク"),
    ),
    "passed-over": FindingTexts(
        Text("Not read", "読み取らなかったファイル"),
        Text(
            "Nothing in these can be found. Do what each line says, or leave them out with "
            "`exclude` in knowledge.toml.",
            "これらの内容は検索できません。各行の方法を取るか、knowledge.toml の exclude で"
            "除外してください。",
        ),
        Text("{why}: {documents}", "{why}: {documents}"),
    ),
    "doubtful": FindingTexts(
        Text("Probably read wrongly", "正しく読み取れていない可能性のある文書"),
        Text(
            "Compare the text with the file (kotae search, or the source link). Save it again in "
            "another format, or as PDF with text, if words are missing.",
            "元のファイルと見比べてください。欠けている場合は、別の形式か、"
            "文字情報を含む PDF で保存し直してください。",
        ),
        Text("{documents}: {doubts}", "{documents}: {doubts}"),
    ),
    "untitled": FindingTexts(
        Text("Without a title", "タイトルのない文書"),
        Text(
            "Write a first heading, or `title:` in the front matter: searches and citations use "
            "it.",
            "最初の見出しか、フロントマターの `title:` を書いてください。"
            "検索に使われ、出典にも表示されます。",
        ),
    ),
    "unstructured": FindingTexts(
        Text("Long and without headings", "見出しのない長い文書"),
        Text(
            "Add headings, so that citations can lead to the right section.",
            "部分ごとに見出しを付けると、出典から該当の箇所へリンクできます。",
        ),
        Text("{documents}: {chunks} {chunks:chunk|chunks}", "{documents}: {chunks} チャンク"),
    ),
    "unknown-owner": FindingTexts(
        Text("Owners whom Slack does not know", "Slack で見つからない担当者"),
        Text(
            "Operators are asked in their place. Write a handle (@keiko), a user group, an e-mail "
            "address or an id.",
            "代わりに運用担当者へ質問が届きます。ハンドル（@keiko）、ユーザーグループ、"
            "メールアドレス、ID のいずれかで書いてください。",
        ),
        Text("{name}: {documents}", "{name}: {documents}"),
    ),
    "ownerless": FindingTexts(
        Text("Without an owner", "担当者のいない情報源"),
        Text(
            'Write owner = "@name" for the source in knowledge.toml.',
            'knowledge.toml の情報源に owner = "@name" と書いてください。',
        ),
        Text(
            "{documents}: {count} {count:document|documents}, such as {example}",
            "{documents}: 文書 {count} 件（例: {example}）",
        ),
    ),
}
NO_TOKEN = Text("SLACK_BOT_TOKEN is not set", "SLACK_BOT_TOKEN が設定されていません")
NOT_ASKED = Text(
    "Owners and experts were not looked up in Slack: {reason}.",
    "担当者を Slack で確認していません: {reason}。",
)
LOOKED_AT = Text(
    "{documents} {documents:document|documents}, {chunks} {chunks:chunk|chunks}, as of {when}: ",
    "文書 {documents} 件、チャンク {chunks} 件（{when} 時点）: ",
)
COUNTS = Text(
    "errors: {error}, warnings: {warning}, notes: {note}",
    "エラー {error} 件、警告 {warning} 件、参考 {note} 件",
)
NO_FINDINGS = Text("no findings", "直すところはありません")
MORE = Text("… and {count} more (--all)", "… ほか {count} 件（--all）")
OTHERS = Text("{count} {count:other|others}", "ほか {count} 件")
WORD_FOR_WORD = Text("word for word", "同文")
NEARLY = Text("nearly", "ほぼ同文")
ITS_DATE = Text("its date", "文書の日付")
THE_FILE = Text("its last commit", "最後のコミットの日付")
STATEMENTS = Text("{count} {count:statement differs|statements differ}", "食い違い {count} か所")
LEVELS: Mapping[FindingLevel, Text] = {
    "error": Text("error", "エラー"),
    "warning": Text("warning", "警告"),
    "note": Text("note", "参考"),
}

# Answers in the terminal

FOUND = Text("passages found, no clear answer", "候補を提示（はっきりした答えなし）")
NOT_ANSWERED = Text("not answered", "回答なし")
ASKED_BACK = Text("a question back", "確認の質問")
FAILED = Text("failed", "失敗")
DRAFT_FOR_EXPERTS = Text(
    "draft, not for the asker: {draft}", "下書き（質問者には表示しません）: {draft}"
)

# A conversation in the terminal

CHAT_HELP = Text(
    "Ask anything. Follow-up questions may refer to what was said before.\n"
    "  /new      start a new conversation   /good, /bad       rate the last answer\n"
    "  /ask      pass the question on       /answer REF TEXT  answer one passed on\n"
    "  /waiting  list handed-over questions /quit             leave (or Ctrl-D)\n"
    "  /help     this text",
    "質問を入力してください。続きの質問では、それまでの会話を踏まえて答えます。\n"
    "  /new      新しい会話を始める         /good, /bad            直前の回答を評価する\n"
    "  /ask      質問を担当者に引き継ぐ     /answer 受付番号 回答  引き継がれた質問に答える\n"
    "  /waiting  引き継いだ質問の一覧       /quit                  終了（Ctrl-D でも可）\n"
    "  /help     この説明",
)
MAY_PASS_ON = Text(
    "Not what you need? /ask passes the question on to a person.",
    "違う場合は、/ask で担当者に引き継げます。",
)
NOTHING_TO_PASS_ON = Text(
    "There is no question to pass on: the last one was answered or is with a person already.",
    "引き継ぐ質問がありません。直前の質問には回答したか、すでに引き継いでいます。",
)
NEW_CONVERSATION = Text("A new conversation begins.", "新しい会話を始めます。")
NOTHING_TO_RATE = Text("There is no answer to rate yet.", "評価できる回答がまだありません。")
RATED = Text("Thank you for the feedback.", "評価をありがとうございます。")
NO_SUCH_COMMAND = Text(
    "There is no such command. See /help.", "そのコマンドはありません。/help をご覧ください。"
)
STOPPED = Text("Stopped.", "中止しました。")

# Handoffs from the terminal

NOTHING_HANDED_OVER = Text(
    "Nothing you asked here was handed over.", "ここから引き継いだ質問はありません。"
)
STATES: Mapping["HandoffState", Text] = {
    "open": Text("open", "回答待ち"),
    "answered": Text("answered", "回答済み"),
    "saved": Text("saved", "保存済み"),
    "expired": Text("nobody answered", "回答なし"),
}
HOW_TO_ANSWER = Text(
    "Write a reference and the answer: /answer REF TEXT (see /waiting).",
    "受付番号と回答を書いてください: /answer 受付番号 回答（番号は /waiting で確認できます）",
)
NO_SUCH_REFERENCE = Text(
    "No question has that reference: see /waiting.",
    "その受付番号の質問はありません。/waiting で確認してください。",
)
NO_ANSWER_WRITTEN = Text(
    "Write the answer as well: /answer {reference} TEXT",
    "回答も書いてください: /answer {reference} 回答",
)
SAVED_AS = Text("Saved as entry {entry}.", "保存しました（{entry}）。")
INDEXED_LATER = Text(
    "It will be in the index after the next sync: {late}",
    "索引には次の更新で反映されます: {late}",
)
SAVE_ANYWAY = Text("Save it anyway?", "それでも保存しますか？")
EXPERT = Text("expert: {owner}", "担当者: {owner}")
ENTRY_GONE = Text("(the entry is gone)", "（保存した回答はもうありません）")
ENTRY_HIDDEN = Text("(an entry that you may not read)", "（閲覧できない回答です）")

OPENED = Text(
    "Handed over. Reference: {reference}", "担当者に引き継ぎました。受付番号: {reference}"
)
JOINED = Text(
    "Someone has already asked this. Reference: {reference}",
    "同じ質問がすでに引き継がれています。受付番号: {reference}",
)
ASKED_IN_SLACK = Text(
    "The worker will ask {owner} by direct message in Slack within a few minutes.",
    "数分以内に、ワーカーが Slack のダイレクトメッセージで {owner} に尋ねます。",
)
NOBODY_NOTIFIED = Text(
    "Nobody is notified: Slack is not set up.",
    "Slack が設定されていないため、担当者への通知はありません。",
)
ANSWER_HERE = Text(
    "Anyone who knows the answer can give it here: /answer {reference} TEXT",
    "答えを知っている人は、ここで回答できます: /answer {reference} 回答",
)
SEE_ANSWER = Text("To see the answer: /waiting", "回答の確認: /waiting")
