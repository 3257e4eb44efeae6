"""Every page in Italian: nothing of what the catalogue translates is left in English."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.text import capfirst

from workflow_mirror.access.groups import ADMINISTRATORS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.access import remember_attention
from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.workflows.export_warnings import export_warnings
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.errors import (
    AnswerFacts,
    InvalidCredentialsError,
    NotFoundError,
    UnreachableError,
)

from .conftest import MakeUser, undone
from .made_jobs import make_failed
from .made_world import World, make_world
from .test_every_url import body, browser_of, questions
from .urls import URLS, typed_into

pytestmark = pytest.mark.every_page

[LOCALES] = settings.LOCALE_PATHS
ITALIAN = {"accept-language": "it-IT,it;q=0.9,en;q=0.5"}
SAID = ("title", "aria-label", "placeholder", "alt", "content")
# Whose texts are no words: code, names of icons, documents.
MUTE = ("script", "style", "code", "pre", "textarea")
ICON = "material-symbols-outlined"
WITHOUT_END = ("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source")
# What made_world makes in English.
DATA = re.compile(r"(?:export )?trouble of \w+|(?:kind|state|text|id) of \w+|ugo")


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
            for text in filter(None, (entry.msgid, entry.msgid_plural)):
                yield from (text, capfirst(text))


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
    return [text for text in said(page) if is_english(text)]


@cache  # most texts are on many pages, and the expression is long
def is_english(text: str) -> bool:
    return text in ENGLISH or ANYWHERE.search(text) is not None


@pytest.fixture
def italian(make_user: MakeUser) -> Client:
    return browser_of(make_user("ada", ADMINISTRATORS), headers=ITALIAN)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def left_anywhere(browser: Client, addresses: Iterable[str]) -> dict[str, str]:
    """With the last page that says it."""
    left: dict[str, str] = {}
    for address in addresses:
        answer = browser.get(address)
        text = body(answer)
        if answer["Content-Type"].startswith("text/html"):
            left |= dict.fromkeys(left_in_english(text), address)
    return left


def test_the_check_finds_english_words(viewer: Client, world: World) -> None:
    left = left_anywhere(viewer, ["/admin/workflows/workflow/"])
    assert {"Workflows", "Customers", "Export:", "Apply Filters"} <= set(left)


def test_no_page_leaves_a_text_in_english(italian: Client, world: World) -> None:
    # As the last one, since it ends the session.
    addresses = {url.name: url.address(world.rossi, world) for url in URLS.values()}
    log_out = addresses.pop("logout")
    assert left_anywhere(italian, [*addresses.values(), *questions(world.rossi), log_out]) == {}


def test_no_page_of_an_empty_mirror_leaves_a_text_in_english(italian: Client) -> None:
    pages = [f"/{url.route}" for url in URLS.values() if not re.search("[<(]|logout", url.route)]
    assert left_anywhere(italian, pages) == {}
    assert left_anywhere(Client(headers=ITALIAN), ["/admin/login/"]) == {}


def test_every_action_is_answered_in_italian(italian: Client, world: World) -> None:
    left: dict[str, str] = {}
    for url in URLS.values():
        if url.name not in {"logout", "set_language", "password_change"}:
            address = url.address(world.rossi, world)
            with undone(italian):
                answer = italian.post(address, typed_into(url, world.rossi), follow=True)
            left |= dict.fromkeys(left_in_english(body(answer)), address)
    assert left == {}


def test_an_error_of_a_form_is_in_italian(italian: Client) -> None:
    typed = {
        "name": "Rossi",
        "zuora_base_url": "https://example.com",
        "zuora_client_id": "id",
        "zuora_entity_id": "è",
        "new_secret": "new",
    }
    text = italian.post("/admin/customers/customer/add/", typed).content.decode()
    assert "example.com non è un host di zuora.com" in text
    assert "Sono ammessi solo lettere, cifre e simboli ASCII." in text


def test_the_choice_of_several_is_explained_in_italian(italian: Client) -> None:
    script = italian.get(reverse("admin:jsi18n")).content.decode()
    assert '"Choose all %s": "Scegli tutti i %s"' in script
    assert '"Filter": "Filtro"' in script  # as Django's own catalogue has it


def test_stored_errors_are_in_italian_and_what_zuora_said_is_as_it_came(
    italian: Client, customer: Customer
) -> None:
    refused = InvalidCredentialsError(facts=AnswerFacts("token", 401, "invalid client"))
    remember_attention(customer, refused)
    silent = UnreachableError(facts=AnswerFacts("list", reason="the answer broke off"))
    missing = NotFoundError(facts=AnswerFacts("export", 404))
    stored = {"error": error_text(silent), "error_details": error_details(silent)}
    failure = {
        "zuora_id": "7",
        "name": "Dunning",
        "code": missing.kind,
        "reason": error_text(missing),
        "details": error_details(missing),
    }
    run = make_failed(customer, **stored, output={"errors": [failure], "failed": 1})
    run.attempts.update(**stored)
    workflow = Workflow.objects.create(
        customer=customer,
        zuora_id="7",
        export_error=error_text(missing),
        export_error_details=error_details(missing),
        oddities=export_warnings({"tasks": []}),
    )
    rejected = "Credenziali non valide (token): HTTP 401, invalid client"
    unreachable = "Zuora non ha risposto (list): the answer broke off"
    unknown = "Zuora non conosce questo workflow o questa versione (export): HTTP 404"
    shown = {
        "/admin/": [rejected],
        reverse("admin:customers_customer_change", args=[customer.pk]): [rejected],
        reverse("admin:web_failedjob_changelist"): [unreachable],
        reverse("admin:jobs_jobrun_change", args=[run.pk]): [unreachable, unknown],
        reverse("admin:workflows_workflow_changelist") + "?cols=name,export_error": [unknown],
        reverse("admin:workflows_workflow_change", args=[workflow.pk]): [
            unknown,
            "manca l&#x27;elenco linkages",
        ],
    }
    for address, texts in shown.items():
        page = italian.get(address).content.decode()
        assert [text for text in texts if text not in page] == [], address


def test_an_error_without_a_code_is_shown_as_it_was_stored(
    italian: Client, customer: Customer
) -> None:
    make_failed(customer, error="Stopped by a migration")
    page = italian.get(reverse("admin:web_failedjob_changelist")).content.decode()
    assert "Stopped by a migration" in page


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("it", "it"),
        ("it-CH, en;q=0.5", "it"),
        ("en-GB", "en"),
        ("de, it;q=0.8", "it"),
        ("ja", "en"),
    ],
)
def test_the_language_is_the_browsers(db: None, wanted: str, language: str) -> None:
    page = Client(headers={"accept-language": wanted}).get("/admin/login/").content.decode()
    assert f'<html lang="{language}"' in page
    assert ("Accedi a" in page) is (language == "it")


def test_who_has_not_logged_in_can_choose_another(db: None) -> None:
    browser = Client(headers={"accept-language": "en"})
    browser.post(reverse("set_language"), {"language": "it"})
    assert "Accedi a" in browser.get("/admin/login/").content.decode()


def test_an_administrator_can_choose_for_a_user(italian: Client, make_user: MakeUser) -> None:
    user = make_user("otto")
    UserAccess.objects.filter(user=user).update(language="it")
    english = browser_of(user, headers={"accept-language": "en"})
    assert '<html lang="it"' in english.get("/admin/").content.decode()
