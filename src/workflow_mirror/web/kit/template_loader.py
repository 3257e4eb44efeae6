"""Loads Unfold's templates with icons that screen readers skip.

An icon of Unfold is a word in a font with ligatures: `<span class="material-symbols-outlined">
close</span>` would be read out as "close", next to the name of its button.
"""

import re
from typing import Any

from django.template.loaders.app_directories import Loader

_ICON = re.compile(r"<span\b(?=[^<>]*\bmaterial-symbols-outlined\b)(?![^<>]*\baria-hidden\b)")


class IconsHidden(Loader):
    def get_contents(self, origin: Any) -> str:
        return with_icons_hidden(super().get_contents(origin))


def with_icons_hidden(template: str) -> str:
    return _ICON.sub('<span aria-hidden="true"', template)
