"""Small files that grow without limit when they are parsed."""

import io
import os
import subprocess
import zipfile

from docx import Document


def yaml_bomb() -> bytes:
    """Return front matter whose aliases stand for 10^9 words: "billion laughs"."""
    first = f"a0: &a0 [{', '.join(['w'] * 10)}]"
    others = (f"a{level}: &a{level} [{f'*a{level - 1}, ' * 10}]" for level in range(1, 9))
    lines = [first, *others]
    return ("---\n" + "\n".join(lines) + "\n---\nWords.\n").encode()


def docx_bomb(paragraphs: int = 2_000_000) -> bytes:
    """Return a Word file of some 100 kB with millions of paragraphs in it."""
    small = io.BytesIO()
    document = Document()
    document.add_paragraph("words")
    document.save(small)
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(small) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            content = source.read(item)
            if item.filename == "word/document.xml":
                paragraph = b"<w:p><w:r><w:t>w</w:t></w:r></w:p>"
                content = content.replace(b"<w:p>", paragraph * paragraphs + b"<w:p>", 1)
            target.writestr(item, content)
    return packed.getvalue()


def html_bomb() -> bytes:
    """Return a page whose elements are nested two million deep."""
    return b"<html><body>" + b"<div>" * 2_000_000 + b"words"


def process_id(_: bytes) -> int:
    """Return the id of the process that runs this."""
    return os.getpid()


def sleeping_program(_: bytes) -> None:
    """Start a program that outlives its parser, if nobody ends it."""
    subprocess.run(["sleep", "600"], check=False)


def waiting(_: bytes) -> str:
    """Do nothing for two seconds, as on a machine that is busy with other things."""
    subprocess.run(["sleep", "2"], check=False)
    return "done"


def endless(_: bytes) -> None:
    """Never return."""
    while True:
        pass
