"""Access rules that are not understood: the document is hidden and named, never published."""

from collections.abc import Mapping
from pathlib import Path

from knowledge.factory import open_knowledge
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Principal
from tests.safety.front_matter_forms import HEADS, ORDINARY, PAGES, word_file
from tests.safety.tally import Tally

MEMBER = Principal("U1", member=True)


async def seen_and_named(folder: Path, files: Mapping[str, str | bytes]) -> tuple[str, set[str]]:
    """Sync *files*; return all that a member finds, and the names of those reported as hidden."""
    docs = folder / "docs"
    docs.mkdir()
    for name, content in files.items():
        (docs / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n', "utf-8")
    base = open_knowledge(
        folder / "knowledge.toml", folder / "index", EmbeddingSettings("hashing", None, None)
    )
    await base.sync()
    found = await base.search("plan budget 予算", MEMBER, 500)
    findings = (await base.check()).findings
    hidden = {name for f in findings if f.kind == "hidden" for name in f.documents}
    return str(found), {name.removeprefix("docs/") for name in hidden}


def body(number: int) -> str:
    return f"The plan has the budget WORD{number:03d}X. 計画の予算は WORD{number:03d}X です。"


async def test_a_rule_that_is_not_understood_hides_its_document(
    tmp_path: Path, tally: Tally
) -> None:
    """Whatever is wrong with it, in Markdown, plain text, web pages and Word files."""
    forms: list[tuple[str, str, str | bytes]] = []
    for number, (name, head) in enumerate(HEADS.items()):
        for suffix in ("md", "txt"):
            text = f"{head}# Plan\n\n{body(2 * number + (suffix == 'txt'))}\n"
            forms.append((f"{name} ({suffix})", f"{number:03d}.{suffix}", text))
    for number, (name, page) in enumerate(PAGES.items(), 600):
        text = page.replace("{body}", f"<h1>Plan</h1><p>{body(number)}</p>")
        forms.append((f"{name} (html)", f"{number:03d}.html", text))
    words = {
        "a property": word_file(body(700), {"Audience": "#hr"}),
        "a mistyped property": word_file(body(701), {"audiance": "@hr"}),
        "a Japanese property": word_file(body(702), {"公開範囲": "#人事"}),
        "keywords": word_file(body(703), {}, keywords="audience: #hr"),
        "typed above": word_file(f"---\naudience: #hr\n---\n{body(704)}", {}),
    }
    forms += [
        (f"{name} (docx)", f"{n}.docx", data) for n, (name, data) in enumerate(words.items(), 700)
    ]
    seen, hidden = await seen_and_named(tmp_path, {file: text for _, file, text in forms})

    escapes = list[str]()
    for number, (name, file, _) in enumerate(forms):
        word = f"WORD{int(file[:3]) if number >= 2 * len(HEADS) else number:03d}X"
        problems = ["is published"] * (word in seen) + ["is not named"] * (file not in hidden)
        escapes += tally.add("front matter: hidden", name, problems)
    assert escapes == []


async def test_a_document_that_only_speaks_of_an_audience_is_no_secret(
    tmp_path: Path, tally: Tally
) -> None:
    """Prose, examples, tables, and the `<meta>` elements of ordinary pages."""
    files: dict[str, str | bytes] = {
        name: text.replace("{body}", f"<p>{body(n)}</p>" if name.endswith("html") else body(n))
        for n, (name, text) in enumerate(ORDINARY.items())
    }
    files["plain.docx"] = word_file(f"Guide\nAudience: new hires\n{body(190)}", {"Audience": "All"})
    seen, hidden = await seen_and_named(tmp_path, files)

    escapes = list[str]()
    for number, name in enumerate(files):
        word = f"WORD{190 if name == 'plain.docx' else number:03d}X"
        problems = ["is hidden"] * (word not in seen) + ["is named"] * (name in hidden)
        escapes += tally.add("front matter: ordinary documents", name, problems)
    assert escapes == []


async def test_only_saved_entries_say_where_they_come_from_and_how_to_ask_for_them(
    tmp_path: Path, tally: Tally
) -> None:
    """Whoever can write into a folder of documents must not choose where their citations lead."""
    for source in ("docs", "saved"):
        (tmp_path / source).mkdir()
        (tmp_path / source / "vpn.md").write_text(
            f"---\ntitle: VPN {source}\nurl: https://login.evil.example/sso\n"
            "wordings: [Zorbadget]\n---\nThe VPN needs a badge.\n",
            "utf-8",
        )
    (tmp_path / "knowledge.toml").write_text(
        "".join(
            f'[[sources]]\nname = "{name}"\npath = "{name}"\nurl = "https://docs.example/{{path}}"\n'
            for name in ("docs", "saved")
        ),
        "utf-8",
    )
    base = open_knowledge(
        tmp_path / "knowledge.toml", tmp_path / "index", EmbeddingSettings("hashing", None, None)
    )
    await base.sync()
    found = await base.search("VPN badge", MEMBER, 9)
    asked = await base.search("Zorbadget", MEMBER, 9)

    links = {passage.document_id: passage.url.partition("#")[0] for passage in found}
    assert links["saved/vpn.md"] == "https://login.evil.example/sso"
    problems = [] if links["docs/vpn.md"] == "https://docs.example/vpn.md" else ["it leads away"]
    headings = {passage.document_id: passage.headings for passage in asked}
    assert "Zorbadget" in headings["saved/vpn.md"]
    problems += ["it has wordings"] * ("Zorbadget" in str(headings.get("docs/vpn.md")))
    assert tally.add("front matter: url and wordings", "a document", problems) == []
