"""The small fonts have all that the web admin shows; only other alphabets need Unfold's."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from tools.fonts import ICONS, LATIN, OURS, STYLES, TEXTS, THEIRS, icons_in_use, ligatures

MAKE = "run: uv run python -m tools.fonts"


def test_every_icon_in_use_is_in_the_font() -> None:
    kept = {name for _, name, _ in ligatures(TTFont(OURS / ICONS.name))}
    used = icons_in_use()
    assert {"download", "folder_zip", "expand_more"} <= used
    assert used - kept == set(), MAKE


@pytest.mark.parametrize("theirs", TEXTS, ids=lambda file: file.name)
def test_every_latin_letter_is_in_the_font(theirs: Path) -> None:
    known, kept = (set(TTFont(file).getBestCmap()) for file in (theirs, OURS / theirs.name))
    latin = {code for first, last in LATIN for code in range(first, last + 1)}
    assert known & latin == kept, MAKE


def test_each_letter_has_one_font_and_a_latin_one_ours() -> None:
    faces = (STYLES / "inter" / "styles.css").read_text()
    urls = re.findall(r'src: url\("(.+)"\) format\("woff2"\);\n    unicode-range: (.+);', faces)
    assert len(urls) == 2 * len(TEXTS)
    ours = ", ".join(
        f"U+{first:X}-{last:X}" if first < last else f"U+{first:X}" for first, last in LATIN
    )
    others = {ranges for url, ranges in urls if "/" not in url}
    assert {ranges for url, ranges in urls if "/" in url} == {ours}
    [rest] = others
    covered = sorted(
        (int(first, 16), int(last or first, 16))
        for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", f"{ours}, {rest}")
    )
    assert covered[0][0] == 0
    assert covered[-1][1] == 0x10FFFF
    assert all(last + 1 == first for (_, last), (first, _) in pairwise(covered))


def test_the_style_sheets_take_the_place_of_unfolds() -> None:
    """An Unfold that names its files otherwise would load its own."""
    for folder in ("inter", "material-symbols"):
        assert (THEIRS / folder / "styles.css").exists()
        faces = (STYLES / folder / "styles.css").read_text()
        for url in re.findall(r'url\("(.+?)"\)', faces):
            places = [STYLES / folder / url, THEIRS / folder / url]
            assert any(place.resolve().exists() for place in places), url
