"""What the files say that a team begins with."""

from bot.core.i18n import Text

KNOWLEDGE_TOML = Text(
    "# What Kotae reads. All keys: docs/reference/knowledge-toml.md\n"
    "\n"
    "[[sources]]\n"
    "name = {name}\n"
    "path = {path}\n"
    "exclude = {exclude}\n"
    '# owner = "@priya"            # whom Kotae asks when the documents have no answer\n'
    '# audience = ["#people-team"] # who may read them; without this line, every member\n'
    '# url = "https://wiki.example.com/{{path}}" # where citations lead\n',
    "# Kotae が読む資料の設定です。すべての項目: docs/reference/knowledge-toml.md\n"
    "\n"
    "[[sources]]\n"
    "name = {name}\n"
    "path = {path}\n"
    "exclude = {exclude}\n"
    '# owner = "@keiko"            # 資料に答えがないときに尋ねる担当者\n'
    '# audience = ["#soumu"]       # 読める人。この行がなければメンバー全員\n'
    '# url = "https://wiki.example.com/{{path}}" # 出典のリンク先\n',
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
