"""A small share of `python -m tests.sources.rights`."""

from tests.sources.rights import run


def test_nobody_reads_what_the_source_would_refuse() -> None:
    """Random groups, inheritance and restrictions, in four states each."""
    assert run(seed=11, checks=1_500) == []
