"""Makes the small fonts of the web admin from Unfold's: `uv run python -m tools.fonts`.

Unfold's icons are 4,100 in 290 KB, of which the web admin uses fewer than 200; a style of its text
font is 110 KB for all alphabets. Run this after an update of Unfold, and when a new icon is used:
tests/unit/web/test_fonts.py says so.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import unfold
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

UNFOLD = Path(unfold.__file__).parent
THEIRS = UNFOLD / "static" / "unfold" / "fonts"
PRODUCT = Path(__file__).parents[1] / "src" / "workflow_mirror"
OURS = PRODUCT / "web" / "kit" / "static" / "web" / "fonts"
ICONS = THEIRS / "material-symbols" / "Material-Symbols-Outlined.woff2"
TEXTS = sorted((THEIRS / "inter").glob("*.woff2"))
STYLES = PRODUCT / "web" / "kit" / "static" / "unfold" / "fonts"
LATIN = [
    (0, 0x17F),
    (0x2010, 0x2044),
    (0x20AC, 0x20AC),
    (0x2190, 0x2199),
    (0x2212, 0x2212),
    (0x2248, 0x2248),
    (0x2264, 0x2265),
    (0x2318, 0x2318),
]
"""European languages in Latin letters, punctuation, the euro, arrows, signs."""
# A word between tags, quotes or template tags. Most are no icons, which costs little.
_WORD = re.compile(r"""[>"'}]\s*([a-z0-9][a-z0-9_]*)(?=\s*[<"'{])""")
_SOURCES = {".html", ".js", ".py"}
_SKIPPED = ("/vendor/", "/migrations/", "/unfold/static/")


def icons_in_use() -> set[str]:
    """Names of icons in Unfold's templates and our sources."""
    files = [*_sources(UNFOLD), *_sources(PRODUCT / "web"), PRODUCT / "settings.py"]
    words = {word for file in files for word in _WORD.findall(file.read_text(encoding="utf-8"))}
    return words & {name for _, name, _ in ligatures(TTFont(ICONS))}


def ligatures(font: Any) -> Iterator[tuple[list[Any], str, Any]]:
    """Each with the list that it is in and the text that it stands for."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, found in table.ligatures.items():
                for one in found:
                    yield found, "".join(letters[glyph] for glyph in [first, *one.Component]), one


def make_icons(names: set[str]) -> None:
    font = _opened(ICONS)
    others = [(found, one) for found, name, one in ligatures(font) if name not in names]
    for found, one in others:
        found.remove(one)
    _make(font, ICONS.name, sorted(map(ord, set("".join(names)))))


def make_text(file: Path) -> None:
    codes = [code for first, last in LATIN for code in range(first, last + 1)]
    _make(_opened(file), file.name, codes)


def _opened(file: Path) -> TTFont:
    """Without the time of the change, so that the same fonts are made each time."""
    return TTFont(file, recalcTimestamp=False)


def _make(font: TTFont, name: str, codes: list[int]) -> None:
    options = Options()
    options.flavor = "woff2"
    options.layout_features += ["rlig", "tnum"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(OURS / name)


def _sources(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if file.suffix in _SOURCES and not any(part in file.as_posix() for part in _SKIPPED):
            yield file


if __name__ == "__main__":
    make_icons(icons_in_use())
    for text in TEXTS:
        make_text(text)
