"""The Italian catalogue is complete, and the compiled one is made of it.

After a change of texts, with gettext installed, in src/workflow_mirror: `uv run zwm manage
makemessages -l it --no-location --no-obsolete`, translate what is new, and then `uv run zwm manage
compilemessages`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import django
import polib
import pytest
import unfold
from django.conf import settings
from django.contrib import admin
from django.utils.translation.template import templatize

import workflow_mirror

PACKAGE = Path(workflow_mirror.__file__).parent
[LOCALES] = settings.LOCALE_PATHS
FOLDER = Path(LOCALES) / "it" / "LC_MESSAGES"
DOMAINS = ("django", "djangojs")  # our own texts, and those of the scripts of Django's admin
PLACE = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\}")
# Where the texts stand among the arguments of each function: context, one, many.
FUNCTIONS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (None, 0, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
}
STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
IN_TEMPLATE = re.compile(rf"\b(?:{'|'.join(FUNCTIONS)})\(\s*{STRING}(?:\s*,\s*{STRING})*")

type Key = tuple[str, str, str]


def key_of(entry: polib.POEntry | polib.MOEntry) -> Key:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def catalogue(domain: str = "django") -> polib.POFile:
    return polib.pofile(str(FOLDER / f"{domain}.po"))


def in_sources() -> set[Key]:
    """As makemessages would find them, which needs programs that not every machine has."""
    found = {text for path in PACKAGE.rglob("*.py") for text in in_python(path.read_text())}
    for path in PACKAGE.rglob("*.html"):
        for call in IN_TEMPLATE.findall(templatize(path.read_text())):
            found |= set(in_python(call + ")"))
    return found


def in_python(source: str) -> Iterator[Key]:
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        places = FUNCTIONS.get(node.func.id)
        if places and node.args and isinstance(node.args[0], ast.Constant):
            context, one, many = (
                "" if place is None else ast.literal_eval(node.args[place]) for place in places
            )
            yield context, one, many


def test_every_text_has_an_entry_and_every_entry_a_text() -> None:
    entries = catalogue()
    assert {key_of(entry) for entry in entries} == in_sources()
    assert entries.obsolete_entries() == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_entry_is_translated_and_none_is_a_guess(domain: str) -> None:
    entries = catalogue(domain)
    assert entries.untranslated_entries() == []
    assert entries.fuzzy_entries() == []
    assert entries.percent_translated() == 100


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_translation_has_the_places_of_its_text(domain: str) -> None:
    for entry in catalogue(domain):
        places = [set(PLACE.findall(text)) for text in (entry.msgid, entry.msgid_plural)]
        for text, wanted in zip(told(entry), places, strict=False):
            if text != "e un altro":  # "and 1 more"
                assert set(PLACE.findall(text)) == wanted, entry.msgid


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_compiled_catalogue_is_made_of_this_one(domain: str) -> None:
    compiled = polib.mofile(str(FOLDER / f"{domain}.mo"))
    assert {key_of(entry): told(entry) for entry in compiled} == {
        key_of(entry): told(entry) for entry in catalogue(domain)
    }


def test_our_catalogue_of_scripts_is_of_texts_that_djangos_admin_has() -> None:
    scripts = Path(admin.__file__).parent / "locale" / "en" / "LC_MESSAGES" / "djangojs.po"
    known = {key_of(entry) for entry in polib.pofile(str(scripts))}
    assert {key_of(entry) for entry in catalogue("djangojs")} <= known


def test_the_texts_of_libraries_are_in_templates_and_code_that_we_use() -> None:
    """A text of a template that we override is ours, or nobody's."""
    overrides = PACKAGE / "web" / "kit" / "template_overrides"
    overridden = {str(path.relative_to(overrides)) for path in overrides.rglob("*.html")}
    used = "".join(
        path.read_text()
        for package in (django, unfold)
        for path in Path(package.__path__[0]).rglob("*.*")
        if path.suffix in {".py", ".html"}
        and str(path).partition("/templates/")[2] not in overridden
    )
    texts = list(in_python((PACKAGE / "web/kit/library_translations.py").read_text()))
    assert len(texts) > 40
    plain = " ".join(used.replace('" "', "").split())
    lost = [
        text
        for _context, text, _many in texts
        if " ".join(text.split())[:40].split("%(")[0] not in plain
    ]
    assert lost == []


def told(entry: polib.MOEntry | polib.POEntry) -> tuple[str, ...]:
    return tuple(entry.msgstr_plural.values()) or (entry.msgstr,)
