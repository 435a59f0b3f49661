"""What the files say that a team begins with."""

from collections.abc import Mapping

from bot.core.i18n import Text
from knowledge.model.errors import IndexServerFailure
from knowledge.model.source_health import SourceFailureKind

SOURCE_FAILURES: Mapping[SourceFailureKind, Text] = {
    "settings": Text("{reason}", "設定が足りないか、誤っています（{reason}）"),
    "refused": Text(
        "{reason}", "読み取りを断られました。アドレスと権限を確認してください（{reason}）"
    ),
    "throttled": Text("{reason}", "呼び出しの上限に達しています。時間を置いてください（{reason}）"),
    "unreachable": Text("{reason}", "読み取れません。場所と接続を確認してください（{reason}）"),
    "loss": Text("{reason}", "文書が急に減っています（{reason}）"),
    "running": Text("{reason}", "別のプロセスが同期しています（{reason}）"),
    "broken": Text("{reason}", "予期しないエラーです。ログを添えて報告してください（{reason}）"),
    "incomplete": Text("{reason}", "まだ読み取りが終わっていません（{reason}）"),
}
"""Why a source cannot be read, by the kind of its failure."""

WRONG: Mapping[str, Text] = {
    "Data folder": Text("{reason}", "データフォルダーを直してください（{reason}）"),
    "Promotions": Text("{reason}", "反映した変更を確認してください（{reason}）"),
    "Redis": Text("{reason}", "Redis に接続できないか、設定を直す必要があります（{reason}）"),
    "Knowledge sources": Text("{reason}", "読み取れない情報源があります（{reason}）"),
    "Index": Text("{reason}", "索引に問題があります（{reason}）"),
    "Index server": Text("{reason}", "索引サーバーを使えません（{reason}）"),
    "Index store": Text("{reason}", "索引ストアを読み書きできません（{reason}）"),
    "Machines": Text("{reason}", "索引がそろっていないプロセスがあります（{reason}）"),
    "Embeddings": Text("{reason}", "埋め込み器を使えません（{reason}）"),
    "Model": Text("{reason}", "モデルが応答しません（{reason}）"),
    "Web search": Text("{reason}", "ウェブ検索を使えません（{reason}）"),
    "Slack bot token": Text("{reason}", "ボットトークンがないか、権限が足りません（{reason}）"),
    "Slack connection": Text("{reason}", "Slack に接続できません（{reason}）"),
    "Slack app": Text("{reason}", "Slack アプリの設定を直してください（{reason}）"),
    "Installations": Text("{reason}", "使えない追加先があります（{reason}）"),
    "Channels and groups": Text(
        "{reason}", "見つからないチャンネルかグループがあります（{reason}）"
    ),
    "Directories": Text("{reason}", "グループを調べられないディレクトリがあります（{reason}）"),
    "Owners and operators": Text(
        "{reason}", "Slack で見つからないか、権限のない人がいます（{reason}）"
    ),
    "Traces": Text("{reason}", "トレースを送れません（{reason}）"),
}
"""What `kotae doctor` finds wrong, by the name of its check."""

NO_ANSWER = Text(
    "no answer within {seconds} {seconds:second|seconds}", "{seconds} 秒以内に応答がありません"
)

STOP = Text("; ", "。")
"""Between two sentences of `kotae doctor` about one thing."""

REDIS_YOURS = Text(
    "{version}, yours, answers in {time}",
    "{version}（REDIS_URL のサーバー）が {time} で応答",
)
REDIS_STARTED = Text(
    "{version}, started by Kotae, answers in {time}",
    "{version}（Kotae が起動したもの）が {time} で応答",
)
REDIS_FORGETS = Text(
    "appendonly is off, so a restart would lose questions: set appendonly yes",
    "appendonly が無効なので、再起動すると質問が失われます。appendonly yes を設定してください",
)
REDIS_EVICTS = Text(
    "it evicts keys ({policy}): set maxmemory-policy noeviction",
    "メモリーが足りなくなるとキーを消す設定です（{policy}）。"
    "maxmemory-policy noeviction を設定してください",
)
REDIS_FLAW = Text(
    "CVE-2025-49844 is fixed in {family} {mended}: update, unless your distribution has fixed it "
    "under the old number",
    "CVE-2025-49844 は {family} {mended} で修正されています。ディストリビューションが同じ番号のまま"
    "修正済みでなければ、更新してください",
)
REDIS_CONFIRMED = Text(
    "{count} {count:replica is|replicas are} connected, and a change is confirmed by {wanted} "
    "(REDIS_REPLICAS) in {time}",
    "レプリカは {count} 台接続中で、変更は {time} で {wanted} 台（REDIS_REPLICAS）に届きます",
)
REDIS_NONE_TO_SPARE = Text(
    "when one of them is missing, nothing is accepted: run one more",
    "1 台でも欠けると何も受け付けられません。もう 1 台追加してください",
)
REDIS_UNCONFIRMED = Text(
    "{count} {count:replica is|replicas are} connected, but need not confirm a change: a failover "
    "may lose the last ones; set REDIS_REPLICAS=1 with two replicas or more",
    "レプリカは {count} 台接続中ですが、変更の到達を確かめていません。フェイルオーバーで直前の"
    "変更が失われることがあります。レプリカを 2 台以上にして REDIS_REPLICAS=1 を設定してください",
)
REDIS_LACKS_REPLICAS = Text(
    "only {count} {count:replica is|replicas are} connected, and REDIS_REPLICAS asks for {wanted}: "
    "every change waits a second and fails, so nothing is accepted. Start the replicas "
    "(INFO replication lists them), better {spare} so that one may be missing, or lower "
    "REDIS_REPLICAS",
    "接続中のレプリカは {count} 台ですが、REDIS_REPLICAS は {wanted} 台を求めています。"
    "変更はどれも 1 秒待って失敗するため、何も受け付けられません。"
    "レプリカを起動するか（INFO replication で確認できます。1 台欠けても動くように {spare} 台を"
    "勧めます）、REDIS_REPLICAS を減らしてください",
)
REDIS_REPLICAS_LATE = Text(
    "{count} {count:replica is|replicas are} connected, but fewer than REDIS_REPLICAS={wanted} "
    "confirm a change within a second, so nothing is accepted: see whether they hang or their "
    "network is slow",
    "レプリカは {count} 台接続中ですが、1 秒以内に変更が届くのは REDIS_REPLICAS={wanted} 台未満の"
    "ため、何も受け付けられません。レプリカが止まっていないか、ネットワークが遅くないかを"
    "確認してください",
)

INDEX_SERVER = Text(
    "{address} is Qdrant {version}: written, searched and deleted in {seconds} s",
    "{address}（Qdrant {version}）で書き込み・検索・削除を {seconds} 秒で確認しました",
)
NO_INDEX_SERVER = Text(
    "INDEX_URL is not set: words and vectors are in files of the data folder",
    "INDEX_URL は設定されていません。単語とベクトルはデータフォルダーのファイルにあります",
)
INDEX_SERVER_FAILURES: Mapping[IndexServerFailure, Text] = {
    "unreachable": Text(
        "{address} cannot be reached: {detail}. Start it, or correct INDEX_URL",
        "{address} に接続できません: {detail}。起動しているか、INDEX_URL が正しいかを"
        "確認してください",
    ),
    "silent": Text(
        "{address} does not answer in time: see whether it has too much to do",
        "{address} が時間内に応答しません。負荷が高すぎないかを確認してください",
    ),
    "refused": Text(
        "{address} refuses INDEX_API_KEY: set a key that may read and write",
        "{address} が INDEX_API_KEY を受け付けません。読み書きできるキーを設定してください",
    ),
    "stranger": Text(
        "{address} is not a Qdrant server: correct INDEX_URL",
        "{address} は Qdrant のサーバーではありません。INDEX_URL を確認してください",
    ),
    "outdated": Text(
        "{address} is Qdrant {detail}: {oldest} or later is needed",
        "{address} は Qdrant {detail} です。{oldest} 以降に更新してください",
    ),
    "broken": Text(
        "{address} cannot do what an index needs: {detail}",
        "{address} で索引に必要な操作ができません: {detail}",
    ),
}
"""Why the server of INDEX_URL cannot be used, by the kind of its failure."""

KNOWLEDGE_TOML = Text(
    "# What Kotae reads. All keys: docs/reference/knowledge-toml.md\n"
    "# Each source may have these, too:\n"
    '#   owner = "@priya"            # whom Kotae asks when the documents have no answer\n'
    '#   audience = ["#people-team"] # who may read them; without this line, every member\n'
    '#   url = "https://wiki.example.com/{{path}}" # where citations lead\n',
    "# Kotae が読む資料の設定です。すべての項目: docs/reference/knowledge-toml.md\n"
    "# どの情報源にも、次の行を加えられます。\n"
    '#   owner = "@keiko"            # 資料に答えがないときに質問する担当者\n'
    '#   audience = ["#soumu"]       # 読める人。この行がなければメンバー全員\n'
    '#   url = "https://wiki.example.com/{{path}}" # 出典のリンク先\n',
)
NO_FOLDER = Text(
    "There is no such folder. Write the path of one, such as docs or ~/handbook.",
    "そのフォルダーはありません。docs や ~/handbook のように、フォルダーのパスを指定してください。",
)
FOLDER_IS_NO_TEXT = Text(
    "The name of this folder is not UTF-8, so knowledge.toml cannot hold it. Rename the folder.",
    "フォルダーの名前が UTF-8 ではないため、knowledge.toml に書けません。名前を変えてください。",
)
NO_REPOSITORY = Text(
    "That is not the address of a repository. Write https://host/path, git@host:path, or the path "
    "of a repository on this machine. A token or password never belongs in the address.",
    "リポジトリのアドレスではありません。https://host/path、git@host:path、またはこのパソコンにある"
    "リポジトリのパスを指定してください。トークンやパスワードはアドレスに入れないでください。",
)
NO_BRANCH = Text(
    "No branch can have that name. Write a name such as main.",
    "ブランチの名前として使えません。main のように指定してください。",
)
NO_TOKEN_NAME = Text(
    "That is not the name of a variable. Write a name of capitals, digits and underscores, such as "
    "GIT_TOKEN, and never the token itself. The name of one of Kotae's settings cannot be used.",
    "環境変数の名前ではありません。GIT_TOKEN のように、大文字・数字・アンダースコアで"
    "指定してください。"
    "トークンそのものは入力しないでください。Kotae 自身の設定の名前も使えません。",
)
NO_WEB_ADDRESS = Text(
    "That is not the address of a web site. Write that of its sitemap or of a page, such as "
    "https://help.example.com/sitemap.xml, without a user or password.",
    "Web サイトのアドレスではありません。https://help.example.com/sitemap.xml のように、サイト"
    "マップかページのアドレスを、ユーザー名やパスワードを付けずに指定してください。",
)
SECRET_IN_ADDRESS = Text(
    "The address must not hold a token or a password: it would end up in knowledge.toml. Write the "
    "address without it.",
    "アドレスにトークンやパスワードを含めないでください。knowledge.toml に残ってしまいます。"
    "それらを除いたアドレスを指定してください。",
)
NO_PREFIX = Text(
    "That address is not on the same site. Write one such as https://help.example.com/docs/.",
    "同じサイトのアドレスではありません。https://help.example.com/docs/ のように指定してください。",
)
NO_CHANNEL = Text(
    "That is not a channel. Write its name (#it-help), its id (C0123456789) or its link. Direct "
    "messages are never read.",
    "チャンネルではありません。名前（#it-help）、ID（C0123456789）、またはリンクを指定してください。"
    "ダイレクトメッセージは読みません。",
)
ENV = Text(
    "# Settings of Kotae. This file holds secrets: keep it out of version control.\n"
    "# All settings: .env.example in Kotae's repository, or `kotae config show`.\n"
    "\n"
    "# Slack: `kotae manifest` prints the app; its two tokens belong here.\n"
    "# SLACK_BOT_TOKEN=xoxb-...\n"
    "# SLACK_APP_TOKEN=xapp-...\n"
    "\n"
    "# Model: without one, Kotae quotes the documents.\n"
    "{model}\n"
    "# When to read the documents again (cron fields, or a time), and in which time zone.\n"
    "# REINDEX_SCHEDULE=03:00\n"
    "# TIME_ZONE=Europe/Lisbon\n",
    "# Kotae の設定です。秘密の値が入るため、バージョン管理に入れないでください。\n"
    "# すべての設定: Kotae のリポジトリの .env.example、または `kotae config show`\n"
    "\n"
    "# Slack: `kotae manifest` でアプリの定義を表示し、2 つのトークンをここに書きます。\n"
    "# SLACK_BOT_TOKEN=xoxb-...\n"
    "# SLACK_APP_TOKEN=xapp-...\n"
    "\n"
    "# モデル: なければ資料を引用して答えます。\n"
    "{model}\n"
    "# 資料を読み直す時刻（cron 形式も可）とタイムゾーン\n"
    "# REINDEX_SCHEDULE=03:00\n"
    "# TIME_ZONE=Asia/Tokyo\n",
)
NO_MODEL = Text(
    "# OPENAI_API_KEY=sk-...\n# OPENAI_BASE_URL=http://127.0.0.1:11434/v1\n# OPENAI_MODEL=\n",
    "# OPENAI_API_KEY=sk-...\n# OPENAI_BASE_URL=http://127.0.0.1:11434/v1\n# OPENAI_MODEL=\n",
)
LOCAL_MODEL = Text(
    "OPENAI_BASE_URL={url}\nOPENAI_MODEL={model}\nOPENAI_EMBEDDING_MODEL=hashing\n",
    "OPENAI_BASE_URL={url}\nOPENAI_MODEL={model}\nOPENAI_EMBEDDING_MODEL=hashing\n",
)
