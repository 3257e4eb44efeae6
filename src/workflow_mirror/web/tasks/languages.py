"""The language of a parameter's value, by what it looks like: for its colours alone."""

import re
from typing import Literal

Language = Literal["", "json", "html", "xml", "sql", "javascript", "liquid"]

NAMES: dict[Language, str] = {
    "json": "JSON",
    "html": "HTML",
    "xml": "XML",
    "sql": "SQL",
    "javascript": "JavaScript",
    "liquid": "Liquid",
}
LOOKED_AT = 2000
"""Characters from the beginning."""
_HTML_TAGS = "html|head|body|style|table|t[dr]|div|p|br|hr|h[1-6]|[uo]l|li|span|font|img"
_HTML_SHORT_TAGS = r"<(?:(?:b|i|em|strong|center)>|a\s+href)"  # a<b is none
_SQL_BEGINNINGS = r"select\s[^;]*?\sfrom|with\s+\w+\s+as|insert\s+into|delete\s+from"
_JAVASCRIPT_LINES = (
    r"(?:var|let|const)\s+[\w${\[]|function\s*\w*\s*\(|(?:async\s+)?\(?[\w, ]*\)?\s*=>"
    r"|module\.exports|import\s.+\sfrom\s['\"]|return\s.*;|\}\s*else\s*\{"
)
_LINE = r"^[^\S\n]*"
_SHAPES: tuple[tuple[Language, "re.Pattern[str]"], ...] = (
    ("html", re.compile(rf"<(?:!doctype html|{_HTML_TAGS})[\s/>]|{_HTML_SHORT_TAGS}")),
    ("xml", re.compile(r"\A\s*<(?:\?xml|[a-z][\w.-]*(?::[a-z][\w.-]*)?[\s/>])")),
    ("sql", re.compile(rf"{_LINE}(?:{_SQL_BEGINNINGS})\s", re.MULTILINE)),
    ("javascript", re.compile(rf"{_LINE}(?:{_JAVASCRIPT_LINES})", re.MULTILINE)),
)
_LIQUID = re.compile(r"\{[{%]")
# Names under which Zuora keeps conditions and ZOQL without a SELECT (API.md, section 7).
_OF_SQL = re.compile(r"(?:where_clause|where|query|sql|zoql|conditions?)$")


def language_of(name: str, text: str) -> Language:
    """`name` is that of the parameter; "" for plain text."""
    beginning = text[:LOOKED_AT].lower()
    for language, shape in _SHAPES:
        if shape.search(beginning):
            return language
    if _OF_SQL.search(name.lower()):
        return "sql"
    return "liquid" if _LIQUID.search(beginning) else ""


def has_liquid(text: str) -> bool:
    return bool(_LIQUID.search(text))
