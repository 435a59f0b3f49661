"""What the settings of a source leave out."""

import pytest

from knowledge.sync.exclusion import Exclusion


@pytest.mark.parametrize(
    ("pattern", "path", "reason"),
    [
        ("日報", ("人事/日報", "一月"), "excluded"),
        ("日報/**", ("人事/日報", "一月"), ""),
        ("**/日報/**", ("人事/日報", "一月"), "excluded"),
        ("*.txt", ("a", "b.txt"), "excluded"),
        ("a/*", ("", "a", "b"), "excluded"),
        ("c", ("a", "b"), ""),
    ],
)
def test_patterns_fit_a_path_or_a_name(pattern: str, path: tuple[str, ...], reason: str) -> None:
    """One without a slash fits a name at any depth."""
    assert Exclusion([pattern]).reason(*path) == reason
