"""Characters that stand for what was taken out of a text. Private use: no text has them itself."""

LIQUID = "\ue000"
"""In the place of a Liquid tag that has an output."""
HIDDEN = "\ue001"
"""In the place of a secret."""
_AS_STAR = str.maketrans({LIQUID: "*", HIDDEN: "*"})
_GONE = str.maketrans({LIQUID: None, HIDDEN: None})


def starred(text: str) -> str:
    """The text with each mark as `*`, which stands for any text in a name."""
    return text.translate(_AS_STAR)


def is_marked(text: str) -> bool:
    return LIQUID in text or HIDDEN in text


def without_marks(text: str) -> str:
    """The text without characters that look like marks."""
    return text.translate(_GONE) if is_marked(text) else text
