"""Glob patterns mean the same as before, and take linear time."""

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.sync.glob import Glob
from tests.support.processor_time import superlinear


def slow(pattern: str) -> re.Pattern[str]:
    """Translate a pattern plainly; it may take very long."""
    parts = {"**/": "(?:[^/]*/)*", "**": ".+", "*": "[^/]*", "?": "[^/]"}
    tokens = re.findall(r"(?:^|(?<=/))\*\*(?:/|$)|\*|\?|.", pattern)
    return re.compile("".join(parts.get(one, re.escape(one)) for one in tokens), re.DOTALL)


names = st.text("ab人?*", min_size=1, max_size=6).filter(lambda one: "**" not in one)
patterns = st.lists(names | st.just("**"), min_size=1, max_size=4).map("/".join)
paths = st.lists(st.text("ab人", min_size=1, max_size=5), min_size=1, max_size=5).map("/".join)


@given(patterns, paths)
def test_a_pattern_means_what_a_plain_translation_means(pattern: str, path: str) -> None:
    """Whatever its stars stand for."""
    assert Glob(pattern).matches(path) == bool(slow(pattern).fullmatch(path))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a*a*a*a*b", "a"),
        ("*規*規*規*規*程", "規"),
        ("**/a/**/a/**/a/**/b", "a/"),
        ("**/*a*b/**/*a*b/**/*a*c", "ab/"),
        ("**/?*?*?*?*?x/**/y", "ab/"),
        ("*?*?*?*?*?*?*[!a]b", "a"),
        ("**/案/**/案/**/終", "案/"),
        ("*" * 50 + "b", "a"),
        ("a**a**a**a**b", "a"),
    ],
)
def test_no_pattern_takes_more_than_linear_time(pattern: str, path: str) -> None:
    """Also where nothing matches."""
    glob = Glob(pattern)
    short, long = path * 8_000, path * 32_000
    assert not superlinear(partial(glob.matches, short), partial(glob.matches, long))


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("drafts/**", "drafts/a/b.md", "drafts"),
        ("**/old/*.md", "old/a.md", "old/b/a.md"),
        ("**/旧/**", "規程/旧/a.md", "旧"),
        ("a/**/b", "a/b", "ab"),
        ("[!あ-ん]*", "案.md", "あ.md"),
        ("*.t?t", "a.txt", "a.tt"),
        ("a[*]b[?]/**", "a*b?/案.md", "axb?/案.md"),
        ("**", "a", "/".join(())),
    ],
)
def test_examples(pattern: str, matching: str, other: str) -> None:
    """What each sign stands for."""
    assert Glob(pattern).matches(matching)
    assert not Glob(pattern).matches(other) or not other
