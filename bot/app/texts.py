"""What the files say that a team begins with."""

from bot.core.i18n import Text

KNOWLEDGE_TOML = Text(
    "# What Kotae reads. All keys: docs/reference/knowledge-toml.md\n"
    "# Each source may have these, too:\n"
    '#   owner = "@priya"            # whom Kotae asks when the documents have no answer\n'
    '#   audience = ["#people-team"] # who may read them; without this line, every member\n'
    '#   url = "https://wiki.example.com/{{path}}" # where citations lead\n',
    "# Kotae が読む資料の設定です。すべての項目: docs/reference/knowledge-toml.md\n"
    "# どのソースにも、次の行を加えられます。\n"
    '#   owner = "@keiko"            # 資料に答えがないときに尋ねる担当者\n'
    '#   audience = ["#soumu"]       # 読める人。この行がなければメンバー全員\n'
    '#   url = "https://wiki.example.com/{{path}}" # 出典のリンク先\n',
)
NO_FOLDER = Text(
    "There is no such folder. Write the path of one, such as docs or ~/handbook.",
    "そのフォルダーはありません。docs や ~/handbook のように、フォルダーのパスを書いてください。",
)
FOLDER_IS_NO_TEXT = Text(
    "The name of this folder is not UTF-8, so knowledge.toml cannot hold it. Rename the folder.",
    "フォルダーの名前が UTF-8 ではないため、knowledge.toml に書けません。名前を変えてください。",
)
NO_REPOSITORY = Text(
    "That is no address of a repository. Write https://host/path, git@host:path, or the path of a "
    "repository on this machine. A token or password never belongs into the address.",
    "リポジトリのアドレスではありません。https://host/path、git@host:path、またはこのパソコンにある"
    "リポジトリのパスを書いてください。トークンやパスワードはアドレスに入れないでください。",
)
NO_BRANCH = Text(
    "No branch can have that name. Write one such as main.",
    "ブランチの名前として使えません。main のように書いてください。",
)
NO_TOKEN_NAME = Text(
    "That is no name of a variable. Write a name of capitals, digits and underscores, such as "
    "GIT_TOKEN, and never the token itself. A setting of Kotae cannot be used.",
    "環境変数の名前ではありません。GIT_TOKEN のように、大文字・数字・下線で書いてください。"
    "トークンそのものは書かないでください。Kotae 自身の設定の名前も使えません。",
)
NO_WEB_ADDRESS = Text(
    "That is no address of a web site. Write the address of its sitemap or of a page, such as "
    "https://help.example.com/sitemap.xml, without a user or password.",
    "Web サイトのアドレスではありません。https://help.example.com/sitemap.xml のように、サイト"
    "マップかページのアドレスを、ユーザー名やパスワードなしで書いてください。",
)
SECRET_IN_ADDRESS = Text(
    "A token or a password must not stand in the address: it would be in knowledge.toml. Write the "
    "address without it.",
    "アドレスにトークンやパスワードを含めないでください。knowledge.toml に残ってしまいます。"
    "それらを除いたアドレスを書いてください。",
)
NO_PREFIX = Text(
    "That is no address on the same site. Write one such as https://help.example.com/docs/.",
    "同じサイトのアドレスではありません。https://help.example.com/docs/ のように書いてください。",
)
NO_CHANNEL = Text(
    "That is no channel. Write its name (#it-help), its id (C0123456789) or its link. Direct "
    "messages are never read.",
    "チャンネルではありません。名前（#it-help）、ID（C0123456789）、またはリンクを書いてください。"
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
