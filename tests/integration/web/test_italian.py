"""Every page in Italian: nothing of what the catalogue translates is left in English."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from workflow_mirror.customers.models import Customer
from workflow_mirror.web.groups import ADMINISTRATORS

from .conftest import ClientOf, MakeUser
from .made_jobs import make_failed
from .made_world import World, make_world
from .test_every_url import URLS, questions

[LOCALES] = settings.LOCALE_PATHS
ITALIAN = {"accept-language": "it-IT,it;q=0.9,en;q=0.5"}
SAID = ("title", "aria-label", "placeholder", "alt", "content")
# Whose texts are no words: code, names of icons, documents.
MUTE = ("script", "style", "code", "pre", "textarea")
ICON = "material-symbols-outlined"
WITHOUT_END = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source")
# Data in English: rights are rows of Django's table, the rest is made_world's.
DATA = re.compile(r"Can [a-z]+ .*|(?:export )?trouble of \w+|(?:kind|state|text|id) of \w+|ugo")


class Texts(HTMLParser):
    """What a page says to somebody who looks at it or has it read to him."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        named = SAID if tag != "meta" else ()
        self.found += [
            known[name] for name in known if name in named or name.startswith("data-text")
        ]
        if tag not in WITHOUT_END:
            self._open.append((tag, tag in MUTE or ICON in known.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(is_mute for _tag, is_mute in self._open):
            self.found.append(data)


def said(page: str) -> list[str]:
    texts = (DATA.sub("", " ".join(text.split())) for text in Texts(page).found)
    return [text for text in texts if text]


def english_texts() -> Iterator[str]:
    entries = polib.pofile(str(Path(LOCALES) / "it" / "LC_MESSAGES" / "django.po"))
    for entry in entries:
        if entry.msgid != (entry.msgstr or entry.msgstr_plural[0]):
            yield from filter(None, (entry.msgid, entry.msgid_plural))


ENGLISH = set(english_texts())
PLACE = re.compile(r"%\\?\(\w+\\?\)[a-z]|%d|\\{\\}")
ANYWHERE = re.compile(
    "|".join(
        rf"\b{PLACE.sub('.+?', re.escape(text).replace(chr(92) + ' ', ' '))}(?!\w)"
        for text in sorted(ENGLISH, key=len, reverse=True)
        if len(re.sub(r"%\(\w+\)[a-z]|%[a-z]", "", text).split()) > 1
    )
)


def left_in_english(page: str) -> list[str]:
    """A text of a single word counts where it is all that is said, others wherever they are."""
    texts = said(page)
    return [text for text in texts if text in ENGLISH or ANYWHERE.search(text)]


@pytest.fixture
def italian(make_user: MakeUser, client_of: ClientOf) -> Client:
    browser = client_of(make_user("ada", ADMINISTRATORS))
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = ITALIAN["accept-language"]
    return browser


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def test_the_check_itself_finds_english_words(viewer: Client, world: World) -> None:
    english = viewer.get("/admin/workflows/workflow/", headers={"accept-language": "en"})
    assert {"Workflows", "Customers", "These workflows as CSV"} <= set(
        left_in_english(page(english))
    )


def test_no_page_leaves_a_text_in_english(italian: Client, world: World) -> None:
    addresses = [url.address(world.rossi, world) for url in URLS.values() if url.name != "logout"]
    addresses += questions(world.rossi)
    left: dict[str, str] = {}
    pages = 0
    for address in addresses:
        answer = italian.get(address)
        if answer.get("Content-Type", "").startswith("text/html"):
            pages += 1
            left |= dict.fromkeys(left_in_english(answer.content.decode()), address)
        answer.close()
    assert left == {}
    assert pages > 60
