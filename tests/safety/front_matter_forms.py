"""Ways to write an access rule that is not understood, and texts that are no access rule."""

import io
import zipfile
from collections.abc import Mapping

_RULE = "audience: ['#hr']"
_OPEN, _CLOSE = "---\n", "\n---\n"


def fenced(rule: str) -> str:
    return f"---\ntitle: Plan\n{rule}\n---\n"


_HEADS: Mapping[str, str] = {
    "a blank first line": f"\n---\n{_RULE}\n---\n",
    "several blank lines": f"\n \n\t\n---\n{_RULE}\n---\n",
    "a comment above": f"# written by HR\n---\n{_RULE}\n---\n",
    "a Japanese comment above": f"# 人事部が作成\n---\n{_RULE}\n---\n",
    "an HTML comment above": f"<!-- generated -->\n---\n{_RULE}\n---\n",
    "an HTML comment around it": f"<!--\n{_RULE}\n-->\n",
    "an HTML comment in one line": f"<!-- {_RULE} -->\n",
    "a title above": f"Plan\n---\n{_RULE}\n---\n",
    "a wrong vowel": fenced("audiance: ['#hr']"),
    "a plural": fenced("audiences: ['#hr']"),
    "a letter too few": fenced("audince: ['#hr']"),
    "two letters exchanged": fenced("auidence: ['#hr']"),
    "a letter too many": fenced("audiencee: ['#hr']"),
    "another word": fenced("access: ['#hr']"),
    "another word, mistyped": fenced("acces: hr"),
    "readers": fenced("readers: ['#hr']"),
    "reader": fenced("reader: hr"),
    "viewers": fenced("viewers: '@hr'"),
    "visible to": fenced("visible_to: '#hr'"),
    "a compound": fenced("target-audience: ['#hr']"),
    "permissions": fenced("permissions: ['@hr']"),
    "a Japanese key": fenced("公開範囲: 人事部"),
    "a Japanese key without lines": "公開範囲：人事部\n\n",
    "another Japanese key": fenced("閲覧: 人事部のみ"),
    "readers in Japanese": fenced("閲覧者：['#hr']"),
    "a full-width colon": fenced("audience：['#hr']"),
    "only a full-width colon": "---\naudience：['#hr']\n---\n",
    "full-width letters": fenced("ａｕｄｉｅｎｃｅ: ['#hr']"),
    "full-width letters and colon": "---\nａｕｄｉｅｎｃｅ：＃hr\n---\n",
    "a ratio sign": "---\naudience∶ ['#hr']\n---\n",
    "an equals sign": "---\naudience = ['#hr']\n---\n",
    "no colon": "---\naudience ['#hr']\n---\n",
    "an arrow": "---\naudience -> #hr\n---\n",
    "two byte order marks": f"\ufeff\ufeff---\n{_RULE}\n---\n",
    "a zero-width space in the key": fenced("audi\u200bence: ['#hr']"),
    "a zero-width space before the lines": f"\u200b---\n{_RULE}\n---\n",
    "a soft hyphen": fenced("audi\u00adence: ['#hr']"),
    "a leading space": f" ---\n{_RULE}\n---\n",
    "a tab before the lines": f"\t---\n{_RULE}\n---\n",
    "everything indented": f"    ---\n    {_RULE}\n    ---\n",
    "a space that does not break": fenced("audience\u00a0: ['#hr']"),
    "a wide space": fenced("\u3000audience: ['#hr']"),
    "a Cyrillic а": fenced("\u0430udience: ['#hr']"),
    "Cyrillic letters": fenced("\u0430udi\u0435n\u0441\u0435: ['#hr']"),
    "a Greek letter": fenced("\u03b1udience: ['#hr']"),
    "an accent": fenced("audi\u00e9nce: ['#hr']"),
    "below another key": fenced("access_control:\n  audience: ['#hr']"),
    "below params": fenced("params:\n  audience: ['#hr']"),
    "two keys, the last open": fenced("audience: ['#hr']\naudience: anyone"),
    "two keys in two cases": fenced("Audience: ['#hr']\naudience: members"),
    "two kinds of key": fenced("audience: members\nreaders: ['#hr']"),
    "no closing line": f"---\ntitle: Plan\n{_RULE}\n\n",
    "no closing line, blank line first": f"---\n\n{_RULE}\n\n",
    "no opening line": f"title: Plan\n{_RULE}\n---\n",
    "no lines": f"{_RULE}\n\n",
    "no lines, a name": "Audience: hr\n\n",
    "a longer opening line": f"-----\n{_RULE}\n-----\n",
    "a shorter opening line": f"--\n{_RULE}\n--\n",
    "full-width lines": f"－－－\n{_RULE}\n－－－\n",
    "long dashes": f"———\n{_RULE}\n———\n",
    "a word behind the opening line": f"--- yaml\n{_RULE}\n---\n",
    "three dots at the end": f"---\n{_RULE}\n...\n",
    "semicolons around it": f";;;\n{_RULE}\n;;;\n",
    "a code block": f"```yaml\n{_RULE}\n```\n",
    "a quotation": f"> {_RULE}\n\n",
    "a list item": f"- {_RULE}\n\n",
    "bold": "**Audience:** #hr\n\n",
    "below a heading": "# Plan\n\nAudience: #hr, @board\n\n",
    "JSON": '{"title": "Plan", "audience": ["#hr"]}\n\n',
    "JSON over several lines": '{\n  "title": "Plan",\n  "audience": ["#hr"]\n}\n\n',
    "JSON between lines of semicolons": ';;;\n{"audience": ["#hr"]}\n;;;\n',
    "TOML, mistyped": "+++\naudiance = ['#hr']\n+++\n",
    "TOML in a table": "+++\n[access]\naudience = ['#hr']\n+++\n",
    "TOML that is YAML": f"+++\n{_RULE}\n+++\n",
    "TOML after a blank line": "\n+++\naudience = ['#hr']\n+++\n",
    "a second block": f"---\ntitle: Plan\n---\n---\n{_RULE}\n---\n",
    "nothing": fenced("audience:"),
    "null": fenced("audience: null"),
    "an empty list": fenced("audience: []"),
    "an empty text": fenced('audience: ""'),
    "a name without its sign": fenced("audience: hr"),
    "a list of names without signs": fenced("audience: [hr, board]"),
    "a text with a sign": fenced('audience: "#hr"'),
    "a comment instead of a list": fenced("audience: #hr"),
    "a number": fenced("audience: 5"),
    "a truth": fenced("audience: true"),
    "a mapping": fenced("audience: {channel: '#hr'}"),
    "a list in a list": fenced("audience: [['#hr']]"),
    "a list with a number": fenced("audience: ['#hr', 5]"),
    "a level in capitals": fenced("audience: MEMBERS"),
    "a level and a channel": fenced("audience: [members, '#hr']"),
    "an anchor of nothing": fenced("audience: &a"),
    "an alias of a mapping": fenced("base: &a {x: 1}\naudience: *a"),
    "an unknown tag": fenced("audience: !channel '#hr'"),
    "a merged mapping of a typo": fenced("base: &b {audiance: ['#hr']}\n<<: *b"),
    "a Japanese value": fenced("audience: 人事部"),
    "a list of mappings": fenced("rules:\n  - audience: ['#hr']"),
    "a list of mappings with another word": fenced("access_rules:\n  - readers: ['#hr']"),
    "far below other keys": fenced("a:\n b:\n  c:\n   d:\n    e:\n     audience: ['#hr']"),
    "a block of text": fenced("meta: |\n  audience: ['#hr']"),
    "JSON in a text": fenced('meta: \'{"audience": ["#hr"]}\''),
    "a merged audience beside an open one": fenced(
        "<<: {audience: ['#hr']}\naudience: anyone",
    ),
    "TOML in a list of tables": "+++\n[[rules]]\naudience = ['#hr']\n+++\n",
    "after many blank lines": "\n" * 40 + f"---\n{_RULE}\n---\n",
    "after a long comment": "<!--\n" + "A licence.\n" * 40 + f"-->\n---\n{_RULE}\n---\n",
    "at the end of a long comment": "<!--\n" + "A licence.\n" * 40 + f"{_RULE}\n-->\n",
    "at the end of long JSON": "{\n" + '  "k": "v",\n' * 40 + '  "audience": ["#hr"]\n}\n\n',
    "an open block and a closed one": f"---\naudience: members\n---\n---\n{_RULE}\n---\n",
    "an open block and a closed line": f"---\naudience: anyone\n---\n{_RULE}\n\n",
    "a table": "| Audience | #hr |\n|---|---|\n\n",
    "a table below a heading": "# Plan\n\n| **Audience** | #hr |\n|---|---|\n\n",
    "a Japanese table": "# 計画\n\n| 公開範囲 | #人事 |\n|---|---|\n\n",
    "Japanese brackets": "【公開範囲】人事部のみ\n\n",
    "Japanese brackets below a heading": "# 計画\n\n【公開範囲】#人事\n\n",
    "Japanese brackets and a limit": "〔閲覧制限〕人事部のみ\n\n",
    "a sign of a list": "■公開範囲：人事部\n\n",
    "a field of reStructuredText": ":audience: #hr\n\n",
    "an attribute of AsciiDoc": "= Plan\n:page-audience: #hr\n\n",
    "limited publication": fenced("限定公開: '#hr'"),
    "a level of publication": fenced("公開レベル: 人事部"),
    "who can view": fenced("閲覧できる人: 人事部"),
    "who may view": fenced("閲覧可: 人事部"),
    "readers, another word": fenced("読者: 人事部"),
    "shared with, in Japanese": fenced("共有先: '#hr'"),
    "capitals in the middle": fenced("visibleTo: '#hr'"),
    "more capitals in the middle": fenced("allowedGroups: ['#hr']"),
    "limited to": fenced("limited_to: ['#hr']"),
    "roles": fenced("roles: ['@hr']"),
    "private": fenced("private: true"),
    "confidential": fenced("confidential: yes"),
    "a visibility": fenced("visibility: private"),
}
_RULES = (
    "for: '#hr'",
    "for: ['#hr', '@board']",
    "group: '@hr'",
    "channel: '#hr'",
    "channel: C0123ABCD",
    "aud: ['#hr']",
    "aud: hr",
    "recipients: '@hr'",
    "distribution: '#hr'",
    "intended-for: '@hr'",
    "for_channel: '#hr'",
    "for: HR only",
    "scope: board only",
    "distribution: management only",
    "classification: confidential",
    "confidentiality: secret",
    "sensitivity: restricted",
    "グループ: '#人事'",
    "チャンネル: '#人事'",
    "宛先: '#人事'",
    "配布先: 人事部",
    "開示範囲: 人事部",
    "共有範囲: 人事部",
    "参照権限: 人事部",
    "対象: 人事部のみ",
    "部外秘: true",
    "機密: true",
    "機密区分: 極秘",
    "機密区分: 人事部限り",
    "取扱: 人事部限り",
    "取り扱い: 役員のみ",
    "canRead: ['#hr']",
    "secret: true",
    "rights: '#hr'",
    "privacy: private",
    "meta: {for: '#hr'}",
)
"""Statements of readers in other words."""

_EXPORTED = (
    "export const metadata = {audience: ['#hr']}\n\n",
    "export const meta = {\n  title: 'Plan',\n  audience: ['#hr'],\n}\n\n",
    "import A from '@site/a'\n\nexport const meta: Meta = {\n  readers: ['#hr'],\n};\n\n",
    "import A from '@site/a'\n\nexport const audience = ['#hr']\n\n",
    "export default { audience: '#hr' }\n\n",
    "export const meta = () => ({ audience: '#hr' })\n\n",
    "import A from './規程'\nexport const metadata = {\n  '公開範囲': '人事部',\n}\n\n",
    "export const meta = {\n  for: '#hr',\n}\n\n",
    "---\ntitle: A\n---\nimport A from 'a'\n\nexport const m = {audience: ['#hr']}\n\n",
    "module.exports = {\n audience: ['#hr'] }\n\n",
    "{/* audience: #hr */}\n\n",
    '<Meta audience="#hr" />\n\n',
    "<Audience channels={['#hr']} />\n\n",
    "<!-- for: #hr -->\n\n",
    "<!-- 宛先: #人事 -->\n\n",
)
"""What a page of code says of itself."""

_ABOVE = (
    "対象: 人事部のみ",
    "for: '#hr'",
    "配布先: 人事部",
    "機密区分: 極秘",
    "部外秘: true",
    "confidentiality: secret",
    "Classification: Restricted",
    "Audience: HR",
    "閲覧可能：人事部",
)
"""Statements of readers without marks, above the first heading and sentence."""

HEADS: Mapping[str, str] = {
    **_HEADS,
    **{f"above: {line}": f"{line}\n\n" for line in _ABOVE},
    **{rule: fenced(rule) for rule in _RULES},
    **{f"exported {number}": head for number, head in enumerate(_EXPORTED)},
}
"""What stands before the text of a document for #hr, in Markdown or plain text."""

PAGES: Mapping[str, str] = {
    "front matter above the page": f"---\n{_RULE}\n---\n<html><body>{{body}}</body></html>",
    "a comment above the page": f"<!-- {_RULE} -->\n<html><body>{{body}}</body></html>",
    "no sign": '<html><meta name="audience" content="hr"><body>{body}</body></html>',
    "a typo": '<html><meta name="audiance" content="#hr"><body>{body}</body></html>',
    "a plural": '<html><meta name="audiences" content="#hr, @board"><body>{body}</body></html>',
    "another word": '<html><meta name="access" content="@hr"><body>{body}</body></html>',
    "two tags": (
        '<html><meta name="audience" content="members"><meta name="audience" content="#hr">'
        "<body>{body}</body></html>"
    ),
    "a full-width sign": '<html><meta name="audience" content="＃hr"><body>{body}</body></html>',
    "a prefix": '<html><meta name="dcterms.audience" content="#hr"><body>{body}</body></html>',
    "nothing": '<html><meta name="audience" content=""><body>{body}</body></html>',
    "a Cyrillic а": '<html><meta name="\u0430udience" content="#hr"><body>{body}</body></html>',
}
"""Web pages with a rule that was not understood."""

_ORDINARY_KEYS = (
    "access: public",
    "access: open",
    "access: 2024-01-05",
    "access: /login",
    "access: https://a.example/",
    "readers: 1200",
    "reader: false",
    "読者: 1,200人",
    "公開範囲: 全員",
    "公開範囲: 一般公開",
    "公開設定: 公開",
    "アクセス: 渋谷駅から5分",
    "access_log: /var/log/a",
    "group: api",
    "group: Getting started",
    "for: developers",
    "for: [beginners]",
    "channel: stable",
    "role: member",
    "roles: [member, admin]",
    "team: '@payments'",
    "slack_channel: '#help'",
    "support_group: '@help'",
    "authors: ['@keiko']",
    "contact: '#help-it'",
    "view: grid",
    "read: 5 min",
    "users: 1000",
    "scope: project",
    "classification: public",
    "classification: API",
    "privacy: /privacy",
    "security: high",
    "only: [build]",
    "対象: 全社員",
    "対象: Windowsのみ",
    "対象者: 全社員",
    "対象読者: 開発者",
    "公開: true",
    "限定: false",
    "共有: 済",
    "グループ: 総務",
    "チャンネル: 公式",
    "機密: false",
    "acl: false",
    "members: [ken, keiko]",
    "rights: CC-BY",
    "permissions: 0644",
)
"""Keys of front matter that say nothing of who reads."""

ORDINARY: Mapping[str, str] = {
    **{
        f"key{number:02d}.md": f"---\ntitle: A\n{key}\n---\n# A\n\n{{body}}\n"
        for number, key in enumerate(_ORDINARY_KEYS)
    },
    "channels-first.md": "Channels: #help\n\n# A\n\n{body}\n",
    "channels-first-ja.md": "チャンネル: #help\n\n# A\n\n{body}\n",
    "everybody.txt": "対象: 全社員\n\n{body}\n",
    "internal.md": "---\ninternal: true\ntags: [confidential]\n---\n{body}\n",
    "columns.csv": "audience,message\nmanagers,Plan A\nstaff,{body}\n",
    "columns-ja.csv": "対象,内容\n管理職,計画\n全社員,{body}\n",
    "late-column.tsv": "message\taudience\nPlan\tmanagers\n{body}\tstaff\n",
    "middle.html": "<h1>Launch</h1><p>The launch is near.</p><p>Audience: managers</p>{body}",
    "meta.html": '<meta name="audience" content="members"><p>Audience: members</p>{body}',
    "import.md": "import A from '@site/a'\n\n# Guide\n\nReaders: bring a card.\n\n{body}\n",
    "export.md": "export const meta = {\n  title: 'For: all',\n  n: 5,\n}\n\n# A\n\n{body}\n",
    "export-ja.md": "export const meta = {\n  title: '対象者の一覧',\n}\n\n# A\n\n{body}\n",
    "prose.md": "# Style guide\n\nA short one. audience: developers.\n\n{body}\n",
    "below.md": "# Style guide\n\nFirst, a word.\n\nAudience: developers\n\n{body}\n",
    "first.md": "This document has one audience: developers. See below.\n\n{body}\n",
    "way.txt": "Access: five minutes from Shibuya\nReaders: bring your card\n\n{body}\n",
    "way-ja.txt": "アクセス：渋谷駅から5分\n対象者：全社員\n\n{body}\n",
    "read.md": "# 書き方\n\n対象読者：開発者\n\n{body}\n",
    "header.md": "# Onboarding\n\n| Owner | Audience |\n|-|-|\n| Keiko | All |\n\n{body}\n",
    "late.md": "# Guide\n\n" + "A line.\n" * 60 + "\naudience: ['#hr']\n\n{body}\n",
    "example.md": "# Matter\n\nWrite:\n\n```yaml\n---\naudience: ['#hr']\n---\n```\n\n{body}\n",
    "example-ja.md": "# 書き方\n\n次のように書きます。\n\n```\naudience: members\n```\n\n{body}\n",
    "words.md": "# Audit\n\nAudio: on\nScience: yes\nSuccess: yes\nLeaders: ken\n\n{body}\n",
    "notes.txt": "Meeting notes\nProcess: weekly\nResults: see below\n\n{body}\n",
    "notes-ja.txt": "議事録\n参加者：田中、佐藤\n公開日：2026年4月1日\n\n{body}\n",
    "tags.md": "---\ntitle: Tags\ntags: ['#hr']\nowner: '@keiko'\nslack: '#help'\n---\n\n{body}\n",
    "open.md": "---\ntitle: Open\naudience: members\n---\nAudience: all who drive\n\n{body}\n",
    "toml.md": "+++\ntitle = 'Open'\naudience = 'members'\n+++\n{body}\n",
    "anchor.md": "---\nbase: &m members\naudience: *m\n---\n{body}\n",
    "breaks.md": "# A\n\nText.\n\n---\n\nOur audience is large.\n\n{body}\n",
    "channel.md": "# Onboarding\n\nChannels: #help-it, #random\nMembers: @ken\n\n{body}\n",
    "codes.md": "# Door\n\nAccess code: A1234\nRestricted area: B2F01\n\n{body}\n",
    "heading.md": "# Audience: managers\n\n{body}\n",
    "cited.md": "---\naccessed: 2026-01-01\nprivate: false\n---\n{body}\n",
    "views.md": "---\n閲覧数: 5\n公開日: 2026-04-01\n---\n閲覧期限：2026年\n\n{body}\n",
    "links.md": "# A\n\n[Audience](#audience) and [公開範囲](#scope)\n\n{body}\n",
    "brackets-ja.md": "# 議事録\n\n【日時】4月1日\n【対象】全社員\n\n{body}\n",
    "same.md": "---\naudience: members\n---\n# A\n\nAudience: members\n\n{body}\n",
    "all.html": '<html><head><meta name="audience" content="all"></head><body>{body}</body></html>',
    "everyone.html": '<html><meta name="Audience" content="Everyone"><body>{body}</body></html>',
    "public.html": '<html><meta name="audience" content="一般"><body>{body}</body></html>',
    "access.html": '<html><meta name="access" content="Yes"><body>{body}</body></html>',
    "text.html": "<html><body><h1>A</h1><p>audience: #hr is one.</p>{body}</body></html>",
}
"""Documents that everybody may read; whole texts with a place for theirs."""


def word_file(body: str, properties: Mapping[str, str], *, keywords: str = "") -> bytes:
    """Return a Word file with custom *properties*."""
    import docx

    document = docx.Document()
    for line in body.split("\n"):
        document.add_paragraph(line)
    document.core_properties.keywords = keywords
    plain, written = io.BytesIO(), io.BytesIO()
    document.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(written, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        if properties:
            listed = "".join(
                f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" '
                f'name="{name}"><vt:lpwstr>{value}</vt:lpwstr></property>'
                for number, (name, value) in enumerate(properties.items(), 2)
            )
            schema = "http://schemas.openxmlformats.org/officeDocument/2006"
            target.writestr(
                "docProps/custom.xml",
                f'<Properties xmlns="{schema}/custom-properties" '
                f'xmlns:vt="{schema}/docPropsVTypes">{listed}</Properties>',
            )
    return written.getvalue()
