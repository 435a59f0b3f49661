"""Formats besides Markdown, web pages and Office: what a person reads there is what is found."""

import json

import pytest

from knowledge.model.errors import ParseError
from knowledge.parsing.parsers import parse
from tests.support.documents import book, open_document, rich_text


def read(name: str, text: str) -> dict[tuple[str, ...], str]:
    """Return the text below each path of headings."""
    return {section.headings: section.text for section in parse(text.encode(), name).sections}


RST = """
========
{title}
========

:Date: 2024-05-01

.. _leave:

{heading}
{line}

See :ref:`the other page <other>` and :func:`~app.run`.

.. note:: {text}

.. code-block:: python

   x = 1

.. list-table::
   :header-rows: 1

   * - A
     - B
   * - 1
     - 2

.. include:: /etc/passwd
"""


@pytest.mark.parametrize(
    ("title", "heading", "text"),
    [("Handbook", "Annual leave", "Ask early."), ("就業規則", "年次休暇", "早めに申請します。")],
)
def test_restructured_text(title: str, heading: str, text: str) -> None:
    """Roles show their words, directives their content; no other file is read."""
    parsed = parse(
        RST.format(title=title, heading=heading, line="=" * 40, text=text).encode(), "a.rst"
    )
    (section,) = parsed.sections

    assert (parsed.title, parsed.metadata["date"]) == (title, "2024-05-01")
    assert (section.headings, section.anchor) == ((heading,), "leave")
    assert section.text == (
        "See the other page and `run`.\n\nNote\n\n"
        f"{text}\n\n```\nx = 1\n```\n\n| A | B |\n| --- | --- |\n| 1 | 2 |"
    )


ASCIIDOC = """////
(c) somebody
////
= {title}
Keiko <k@example.com>
v1, 2024-05-01
:days: 20

// a remark
== {heading}

{text} {{days}}

[cols="1,1"]
include::table.adoc[]

[source,java]
----
// kept
include::code.java[]
----

ifdef::internal[]
[[limits]]
=== Limits

|===
|A |B

|1 |2
|===
endif::[]
"""


@pytest.mark.parametrize(
    ("title", "heading", "text"),
    [("Handbook", "Annual leave", "Days:"), ("就業規則", "年次休暇", "日数:")],
)
def test_asciidoc(title: str, heading: str, text: str) -> None:
    """Attributes have their values; what other files hold and comments are left out."""
    parsed = parse(ASCIIDOC.format(title=title, heading=heading, text=text).encode(), "a.adoc")
    leave, limits = parsed.sections

    assert (parsed.title, parsed.metadata["date"]) == (title, "2024-05-01")
    assert (leave.headings, leave.anchor) == ((heading,), heading.lower().replace(" ", "-"))
    assert leave.text == f"{text} 20\n\n```\n// kept\n```"
    assert (limits.headings, limits.anchor) == ((heading, "Limits"), "limits")
    assert limits.text == "| A | B |\n| --- | --- |\n| 1 | 2 |"


def test_markup_that_pandoc_refuses_is_read_line_by_line() -> None:
    """Not a word is lost, and headings stay."""
    org = "* 休暇\n有給は20日。\n** Sick leave\nCall us. \\\n\n\\ \n"
    assert "20日" in str(read("a.org", org)[("休暇",)])
    assert ("休暇", "Sick leave") in read("a.org", org)
    tex = "\\begin{document}\n\\section{Leave}\nTwenty days.\n\\subsection{病気}\n電話します。"
    assert "Twenty days." in read("a.tex", tex)[("Leave",)]
    assert "電話します。" in read("a.tex", tex)[("Leave", "病気")]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"Open C:\share\plans\a.txt, then \alpha.", r"Open C:\share\plans\a.txt, then α."),
        (r"資料は\\server\休暇にあります。", r"資料は\\server\休暇にあります。"),
        (r"見出しは\1と\.で書く。", r"見出しは\1と\.で書く。"),
        ("It ends with \\", "It ends with \\"),
        ("一行目\\\\\n二行目", "一行目\n二行目"),
        (
            "#+begin_src sh\necho C:\\share\n#+end_src\nThen \\1.",
            "```\necho C:\\share\n```\n\nThen \\1.",
        ),
    ],
)
def test_backslashes_in_org_are_text(written: str, shown: str) -> None:
    """Neither the words of a path nor the structure of the file are lost."""
    parsed = parse(f"#+title: 規程\n* Leave\n{written}\n".encode(), "a.org")
    assert parsed.title == "規程"
    assert [(s.headings, s.text) for s in parsed.sections] == [(("Leave",), shown)]


def test_org_has_headings_of_every_level() -> None:
    """Not only of the three that its export makes headings."""
    org = "* A\n** B\n*** C\n**** 休暇\n***** Sick leave\n電話します。\n"
    assert read("a.org", org) == {("A", "B", "C", "休暇", "Sick leave"): "電話します。"}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("The word.", ["See also", "Added in version 1.1 The word.", "Deprecated since version 2"]),
        (
            "休暇です。",
            ["参考", "追加されたバージョン: 1.1 休暇です。", "非推奨になったバージョン: 2"],
        ),
    ],
)
def test_directives_of_restructured_text_have_their_labels(text: str, labels: list[str]) -> None:
    """A version without its word means nothing; Sphinx shows these words."""
    rst = (
        "A\n=\n\n.. seealso::\n\n   - :ref:`b`\n\n"
        f".. versionadded:: 1.1\n   {text}\n\n.. deprecated:: 2\n\n.. _b:\n\nThe B\n-----\n\nx\n"
    )
    first = next(iter(read("a.rst", rst).values()))
    assert first == "\n\n".join([labels[0], "- The B", *labels[1:]])


@pytest.mark.parametrize("text", ["Do this.", "次のとおり。"])
def test_colons_before_a_block_of_code(text: str) -> None:
    """Apart from the word they are not shown; at the word one is."""
    rst = f"A\n=\n\n{text} ::\n\n   code\n\n{text[:-1]}::\n\n   code\n"
    code = "```\ncode\n```"
    assert read("a.rst", rst) == {(): f"{text}\n\n{code}\n\n{text[:-1]}:\n\n{code}"}


def test_org_and_wiki_and_latex() -> None:
    """Each has the anchors of the site where it is usually read; LaTeX has none."""
    org = "#+TITLE: 規程\n#+DATE: <2024-05-01 Wed>\n* Paid leave :hr:\n- [X] 申請\n- [ ] approval\n"
    parsed = parse(org.encode(), "a.org")
    assert (parsed.title, parsed.metadata["date"]) == ("規程", "2024-05-01")
    assert parsed.sections[0].anchor == "paid-leave"
    assert parsed.sections[0].text == "- ☒ 申請\n- ☐ approval"

    table = "{| class=wikitable\n! A !! B\n|-\n| 1 || 2\n|}\n"
    wiki = f"== 有給 休暇 ==\n{table}== Sick leave ==\n* [[a|b]]\n"
    leave, sick = parse(wiki.encode(), "a.mediawiki").sections
    assert (leave.anchor, sick.anchor) == ("有給_休暇", "Sick_leave")
    assert leave.text == "| A | B |\n| --- | --- |\n| 1 | 2 |"

    tex = (
        "\\documentclass{article}\\title{規程}\\date{May 1, 2024}\\begin{document}\\maketitle\n"
        "\\section{Bonus}\nIt is $b = s \\times 2$, as \\emph{agreed}.\n\\end{document}"
    )
    parsed = parse(tex.encode(), "a.tex")
    assert (parsed.title, parsed.metadata["date"]) == ("規程", "2024-05-01")
    assert parsed.sections[0].text == "It is $b = s \\times 2$, as agreed."
    assert parsed.sections[0].anchor == ""


def test_a_notebook_keeps_cells_and_results() -> None:
    """Pictures, warnings and removed cells have no text; a long result is cut."""
    cells = [
        {"cell_type": "raw", "source": "---\ntitle: 売上\ndate: 2024-05-01\n---"},
        {"cell_type": "markdown", "source": ["# Sales\n", "\n", "円で表示。"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["1\n"]},
                {"output_type": "stream", "name": "stderr", "text": "warning"},
                {"output_type": "display_data", "data": {"image/png": "AAAA"}},
                {"output_type": "execute_result", "data": {"text/plain": "x" * 5000}},
            ],
        },
        {"cell_type": "code", "source": "secret", "metadata": {"tags": ["remove-cell"]}},
    ]
    notebook = {"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": cells}
    parsed = parse(json.dumps(notebook).encode(), "a.ipynb")

    assert (parsed.title, parsed.metadata["date"]) == ("売上", "2024-05-01")
    assert parsed.sections[0].text == (
        f"円で表示。\n\n```python\nprint(1)\n```\n\n```\n1\n```\n\n```\n{'x' * 2000}\n```"
    )


@pytest.mark.parametrize("name", ["Sales", "売上"])
def test_a_result_in_a_notebook_is_what_jupyter_shows(name: str) -> None:
    """A table has its header, a page its text; what has no text there has its plain one."""
    table = f"<style>p {{}}</style><table><tr><th>{name}</th></tr><tr><td>1</td></tr></table>"
    results = [
        {"text/html": table, "text/plain": f"  {name}\n0 1"},
        {"text/html": ["<div>", name, "</div>"], "text/plain": "<A at 0x7f>"},
        {"text/markdown": f"# {name}\n**2** # 3", "text/plain": "<B at 0x7f>"},
        {"text/html": "<script>draw()</script>", "text/plain": f"Chart({name})"},
    ]
    outputs = [{"output_type": "execute_result", "data": data} for data in results]
    cell = {"cell_type": "code", "source": "f()", "outputs": outputs}

    (text,) = read("a.ipynb", json.dumps({"cells": [cell]})).values()

    shown = [
        f"| {name} |\n| --- |\n| 1 |",
        name,
        f"**{name}**\n**2** # 3",
        f"```\nChart({name})\n```",
    ]
    assert text == "\n\n".join(["```\nf()\n```", *shown])


def mail(subject: str, body: str, header: str = "") -> bytes:
    """Return a message with a plain version, a page and an attachment."""
    return (
        f"From: k@example.com\nSubject: {subject}\nDate: Wed, 1 May 2024 23:00:00 +0900\n{header}"
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n"
        "--a\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        f"<table><tr><th>A</th><th>B</th></tr><tr><td>{body}</td><td>2</td></tr></table>\n\n"
        "--a\nContent-Type: application/pdf\n"
        'Content-Disposition: attachment; filename="plan.pdf"\n\nx\n\n--a--\n'
    ).encode()


@pytest.mark.parametrize(("subject", "body"), [("Leave", "Ask early"), ("休暇", "早めに")])
def test_mail(subject: str, body: str) -> None:
    """Who wrote, when, the text, and the names of attachments; a mailbox has a section for each."""
    parsed = parse(mail(subject, body), "a.eml")
    assert (parsed.title, parsed.metadata["date"]) == (subject, "2024-05-01")
    assert parsed.sections[0].text == (
        "From: k@example.com\nDate: Wed, 1 May 2024 23:00:00 +0900\nAttachments: plan.pdf\n\n"
        f"| A | B |\n| --- | --- |\n| {body} | 2 |"
    )

    start = b"From k@example.com Wed May  1 23:00:00 2024\n"
    box = parse(start + mail(subject, body) + b"\n" + start + mail("2", ">From here"), "箱.mbox")
    assert box.title == "箱"
    assert [section.headings for section in box.sections] == [(subject,), ("2",)]


def test_speech_stands_below_its_time() -> None:
    """Speakers are named once; captions that roll are not repeated."""
    said = "WEBVTT - 定例会議\n\nNOTE hidden\n\n1\n"
    said += "00:01:05.000 --> 00:01:06.000\n<v 佐藤>はじめます。\n\n"
    said += "00:01:06.000 --> 00:01:07.000\n<v 佐藤>はじめます。\n\n"
    said += "00:01:08.000 --> 00:01:09.000\n<v Bob>I &amp; you.</v>\n\n"
    parsed = parse(said.encode(), "a.vtt")
    assert parsed.title == "定例会議"
    assert [(s.headings, s.text) for s in parsed.sections] == [
        (("00:01:05",), "佐藤: はじめます。\nBob: I & you.")
    ]
    srt = "\n\n".join(
        f"{n}\n01:00:{n:02},000 --> 01:00:{n:02},900\n{'話' * 300}{n}" for n in range(9)
    )
    assert [s.headings for s in parse(srt.encode("cp932"), "a.srt").sections] == [
        ("01:00:00",),
        ("01:00:04",),
        ("01:00:08",),
    ]


@pytest.mark.parametrize(
    ("name", "text", "headings"),
    [
        ("a.py", "import os\n\n# 休暇\n@one\nclass A:\n    def b(self): ...\n", ["A", "A/b"]),
        (
            "b.py",
            'class A:\n    """休暇.\n\n    Also (so\n    class x (y)\n    """\n    def b(): 1\n',
            ["A", "A/b"],
        ),
        ("c.py", 'X = """one"""\ndef a(): ...\nY = "\'\'\'"\ndef b(): ...\n', ["a", "b"]),
        ("B.java", "/*\nclass 休暇 of A (x)\n*/\npublic class A {\n}\n", ["A"]),
        ("b.js", 'const a = "/*";\nfunction b() {\n}\n', ["b"]),
        ("a.go", "package a\n\n// Days says it.\nfunc (s *S) Days() int {\n}\n", ["Days"]),
        ("A.java", "public class A {\n    public int days(int a) {\n    }\n}\n", ["A", "A/days"]),
        ("a.ts", "export async function a() {\n}\nexport interface 休暇 {}\n", ["a", "休暇"]),
        ("a.c", "static int days(int a) {\n  if (a) {\n  }\n  for (;;) x(a);\n}\n", ["days"]),
        ("a.rs", "pub fn days<T>() {}\nimpl Leave for X {}\n", ["days", "Leave"]),
        ("a.sql", "CREATE TABLE IF NOT EXISTS staff (id int);\n", ["staff"]),
        ("a.sh", "days() {\n  echo 1\n}\n", ["days"]),
        ("a.yaml", "version: 3\nservices:\n  web: 1\n休暇:\n- 1\n", ["services", "休暇"]),
        ("a.toml", "[project]\nname = 1\n", ["project"]),
        ("a.json", '{"openapi": 3, "paths": {"/休暇": [1]}}', ["paths"]),
        ("Makefile", "all:\n\techo\n", []),
    ],
)  # fmt: skip
def test_code_stands_below_what_it_defines(name: str, text: str, headings: list[str]) -> None:
    """The code itself is quoted whole, with the remarks above a definition."""
    found = read(name, text)

    assert ["/".join(path) for path in found if path] == headings
    code = "".join(found.values())
    assert name == "a.json" or all(word in code for word in text.split())
    if name == "a.py":
        assert found[("A",)] == "```python\n# 休暇\n@one\nclass A:\n```"


def test_documents_of_other_office_programs() -> None:
    """Titles and dates are those that the file states."""
    dated = "<dc:title>就業規則</dc:title><dc:date>2024-05-01T09:00:00</dc:date>"
    parsed = parse(open_document("休暇", "Ask early.", dated), "a.odt")
    assert (parsed.title, parsed.metadata["date"]) == ("就業規則", "2024-05-01")
    assert [(s.headings, s.text, s.anchor) for s in parsed.sections] == [
        (("休暇",), "Ask early.", "")
    ]

    undated = dated.replace("2024-05-01T09", "1980-01-01T00")
    assert parse(open_document("休暇", "x", undated), "a.odt").metadata["date"] == ""

    parsed = parse(rich_text("表示ソ能", "早めに申請。ﾊﾝｶｸ", r"{\revtim\yr2024\mo5\dy1}"), "a.rtf")
    assert (parsed.title, parsed.metadata["date"]) == ("表示ソ能", "2024-05-01")
    assert [(s.headings, s.text) for s in parsed.sections] == [(("表示ソ能",), "早めに申請。ﾊﾝｶｸ")]

    fonts = rb"{\f0\fmodern\fcharset128 MS Gothic;}{\f1\fswiss\fcharset0 Arial;}"
    mixed = rb"\f0 \'8b\'78\'89\'c9\f1 caf\'e9"
    western = rb"{\rtf1\ansi\ansicpg1252{\fonttbl" + fonts + rb"}" + mixed + rb"\par}"
    assert parse(western, "a.rtf").sections[0].text == "休暇café"

    parsed = parse(book("第1章 Leave", "早めに。", "<dc:date>2024-05-01</dc:date>"), "a.epub")
    assert (parsed.title, parsed.metadata["date"]) == ("第1章 Leave", "2024-05-01")


@pytest.mark.parametrize("word", ["audience", "公開範囲"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.rst", "Title\n=====\n\n:{}: hr\n\nText.\n"),
        ("a.rst", ".. {}: hr\n\nText.\n"),
        ("a.adoc", "= Title\n:{}: hr\n\nText.\n"),
        ("a.org", "#+{}: hr\nText.\n"),
        ("a.tex", "% {}: hr\nText.\n"),
        ("a.mediawiki", "<!-- {}: hr -->\nText.\n"),
        ("a.ipynb", '{{"metadata": {{"{}": "hr"}}, "cells": []}}'),
        ("a.yaml", "{}: hr\nb: 1\n"),
        ("a.json", '{{"{}": "hr"}}'),
        ("a.toml", '{} = "hr"\n'),
        ("a.py", "# {}: #hr\nx = 1\n"),
        ("a.vtt", "WEBVTT\n\nNOTE {}: #hr\n\n00:01.000 --> 00:02.000\nHi\n"),
        ("a.eml", "From: a@example.com\nX-{}: #hr\n\nText.\n"),
        ("README", "{}: hr\n\nText.\n"),
    ],
)
def test_an_access_rule_that_is_not_understood_closes_the_file(
    name: str, text: str, word: str
) -> None:
    """A new format opens nothing that its author closed."""
    if name == "a.eml" and not word.isascii():
        word = "Audience"
    with pytest.raises(ParseError, match="looks like an access rule"):
        parse(text.format(word).encode(), name)


def test_properties_that_look_like_access_rules_close_the_file() -> None:
    """Custom properties of documents and books, and the mark of confidential mail."""
    user = '<meta:user-defined meta:name="公開範囲">#hr</meta:user-defined>'
    with pytest.raises(ParseError, match="公開範囲"):
        parse(open_document("A", "B", user), "a.odt")
    custom = r"{\*\userprops {\propname audience}\proptype30{\staticval #hr}}"
    with pytest.raises(ParseError, match="audience"):
        parse(rich_text("A", "B", custom), "a.rtf")
    with pytest.raises(ParseError, match="audience"):
        parse(book("A", "B", '<meta property="audience">#hr</meta>'), "a.epub")
    with pytest.raises(ParseError, match="Company-Confidential"):
        parse(mail("A", "B", "Sensitivity: Company-Confidential\n"), "a.eml")
