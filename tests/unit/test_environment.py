"""Every documented variable has a type and a range: what is outside of it ends a command."""

import os
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror import environment, home

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/environment.md").read_text(encoding="utf-8")
# The program's own; what it follows of the terminal's has a section of its own.
SETTINGS, _terminal = REFERENCE.split("\n## Variables of the terminal\n")
DOCUMENTED = re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, flags=re.MULTILINE)
KEY = "A" * 43 + "="
GIVEN = {
    "ZWM_HOME": "/nowhere",
    "DATABASE_URL": "postgresql://zwm:hidden@db.example.com/zwm",
    "SECRET_KEY": "only-for-tests",
    "ZWM_ENCRYPTION_KEYS": KEY,
}

NO_NUMBER = (
    "many",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "0x10",
    "1,5",
    "1 2",
    "1_0",
    "١",
    "9" * 5000,
    "\udcff",
)
NO_HOST = ("https://a.example.com", "a.example.com:443", "a b", "user:hidden@a", "a/b", "-", "..")
WRONG: dict[str, tuple[str, ...]] = {
    "DATABASE_URL": (
        "mysql://zwm:hidden@db/zwm",
        "postgresql://zwm:hidden@db",
        "postgresql://zwm:hidden@db:99999/zwm",
        "postgresql://zwm:hidden@[::1/zwm",
        "hidden",
    ),
    "SECRET_KEY": ("hidden", "x"),
    "ZWM_ENCRYPTION_KEYS": ("hidden", f"{KEY},hidden", KEY[1:], KEY + "="),
    "ZWM_ALLOWED_HOSTS": (*NO_HOST, "*.example.com", "[::g]", "[127.0.0.1"),
    "ZWM_TRUSTED_PROXIES": (
        "*", "localhost", "0.0.0.0/0", "::/0", "0.0.0.0/1,128.0.0.0/1", "10.0.0.1/8",
        "10.0.0.0/33", "127.0.0.1:80", "127.0.0.1;10.0.0.1", "256.1.1.1", "unix:", "-1",
    ),
    "ZWM_OIDC_ISSUER": (
        "http://id.example.com", "id.example.com", "ftp://a", "https://", "https://a b",
        "https://user:hidden@a", "https://a?hidden=1", "https://a#hidden", "https://a:99999",
        "https://id.example.com",  # by itself
    ),
    "ZWM_OIDC_CLIENT_ID": ("mirror", "a\nb", "x" * 501),
    "ZWM_OIDC_CLIENT_SECRET": ("hidden",),
    "ZWM_OIDC_GROUPS_FILE": ("/nowhere/groups.toml",),
    "ZWM_OIDC_NAME": ("My ID", "a\nb"),
    "ZWM_OIDC_SCOPES": ("openid", "a\nb"),
    "ZWM_OIDC_GROUPS_CLAIM": ("roles", "a\nb"),
    "ZWM_TWO_FACTOR": ("1", "Administrators", "all"),
    "ZWM_LOCAL_LOGIN": ("perhaps", "2", "0"),
    "ZWM_HSTS_SECONDS": (*NO_NUMBER, "-1", "63072001", "2.5"),
    "ZWM_METRICS_TOKEN": ("hidden", "x"),
    "ZWM_ACCESS_LOG": ("perhaps", "2", "-1"),
    "ZWM_LOG_FORMAT": ("xml", "JSON", "json,console"),
    "ZWM_ZUORA_ALLOW_LOCAL": ("perhaps", "2", "-1", "0.0"),
    "ZWM_ZUORA_EXTRA_HOSTS": (*NO_HOST, "*", ".example.com", "[::1]"),
    "ZWM_MAX_ANSWER_MB": (*NO_NUMBER, "0", "-1", "4097"),
    "ZWM_REQUEST_SECONDS": (*NO_NUMBER, "0", "-1", "3601"),
    "ZWM_SYNC_HOURS": (*NO_NUMBER, "0", "-1", "169"),
    "ZWM_SYNC_TRIES": (*NO_NUMBER, "0", "-1", "101", "2.5"),
    "ZWM_SYNC_BACKOFF": (*NO_NUMBER, "-0.1", "-1", "86401"),
    "ZWM_EARLIER_VERSIONS_PER_DAY": (*NO_NUMBER, "-1", "1000001", "2.5"),
    "ZWM_STALLED_AFTER": (*NO_NUMBER, "0", "-1", "1.9", "3601"),
    "ZWM_KEEP_RUNS_DAYS": (*NO_NUMBER, "0", "-1", "36501"),
    "ZWM_KEEP_FAILED_RUNS_DAYS": (*NO_NUMBER, "0", "-1", "36501"),
    "ZWM_BASE_URL": (
        "mirror.example.com", "ftp://a.example.com", "https://", "https://user:hidden@a", "https://a?b",
        "https://a#b", "https://a b", "https://a:0", "https://a:99999", "https://[::1", "https://a/\x1b",
    ),
    "ZWM_SMTP_URL": (
        "hidden", "http://a", "smtp://", "smtp://user:hidden@", "smtp://user:hidden@a:99999",
        "smtp://user:hidden@a/path", "smtp://user:hidden@a?b", "smtp://user:hidden@[::1",
    ),
    "ZWM_MAIL_FROM": ("mirror", "a@b@c", "Mirror <a@b.example>", "a b@c", "è@b.example", "@", "a@"),
    "ZWM_WEBHOOK_NETWORKS": ("*", "localhost", "0.0.0.0/0", "10.0.0.1/8", "-1"),
}  # fmt: skip
# A directory is judged when it is made or entered: tests/unit/test_home.py.
ELSEWHERE = {"ZWM_HOME"}
RIGHT = {
    "ZWM_ALLOWED_HOSTS": (" Mirror.example.com, .example.org,*,[::1] ,", 4),
    "ZWM_TRUSTED_PROXIES": ("127.0.0.1, 10.1.0.0/16,::1,fc00::/7", 4),
    "ZWM_ZUORA_EXTRA_HOSTS": ("Zuora.example.com,10.0.0.1,::1", 3),
}


def read(monkeypatch: pytest.MonkeyPatch, **changes: str) -> dict[str, Any]:
    """The settings of a process with these variables."""
    for name in [name for name in os.environ if name.startswith("ZWM_")]:
        monkeypatch.delenv(name)
    for name, value in (GIVEN | changes).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "src/workflow_mirror/settings.py"))


def plain(settings: dict[str, Any]) -> str:
    named = {key: value for key, value in settings.items() if key.startswith("ZWM_")}
    logs = {key: settings["LOGGING"][key] for key in ("loggers", "version")}
    return repr((named, settings["ALLOWED_HOSTS"], logs))


def test_the_reference_and_the_program_name_the_same_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read(monkeypatch)
    assert sorted(DOCUMENTED) == sorted({*environment._known, "DATABASE_URL", "SECRET_KEY"})
    assert sorted(DOCUMENTED) == sorted({*WRONG, *ELSEWHERE})


@pytest.mark.parametrize("name", WRONG)
def test_a_value_out_of_range_is_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for value in WRONG[name]:
        with pytest.raises((ImproperlyConfigured, home.HomeError)) as caught:
            read(monkeypatch, **{name: value})
        said = str(caught.value)
        assert said.startswith(name) or value == "https://id.example.com", (value, said)
        assert "\n" not in said
        assert "hidden" not in said
        assert len(said) < 250
        # What --debug shows repeats no value either.
        assert caught.value.__cause__ is None or "hidden" not in str(caught.value.__cause__)


@pytest.mark.parametrize("name", [name for name in WRONG if name not in GIVEN])
@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_an_empty_variable_is_one_that_is_not_set(
    monkeypatch: pytest.MonkeyPatch, name: str, blank: str
) -> None:
    assert plain(read(monkeypatch, **{name: blank})) == plain(read(monkeypatch))


@pytest.mark.parametrize("name", RIGHT)
def test_lists_may_hold_blanks_capitals_and_a_last_comma(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    text, number = RIGHT[name]
    found = read(monkeypatch, **{name: text})[name.replace("ZWM_ALLOWED", "ALLOWED")]
    assert len(found) == number
    assert all(entry == entry.strip().lower() for entry in found)


def test_the_bounds_themselves_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(
        monkeypatch, ZWM_SYNC_TRIES="1", ZWM_SYNC_BACKOFF=" 0 ", ZWM_KEEP_RUNS_DAYS="1.5"
    )
    assert settings["ZWM_SYNC_TRIES"] == 1
    assert settings["ZWM_SYNC_BACKOFF"] == 0
    assert settings["ZWM_KEEP_RUNS_DAYS"] == 1.5


def test_a_misspelt_variable_is_told_with_the_one_that_it_may_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read(monkeypatch, ZWM_KEEP_RUN_DAYS="1", ZWM_WHATEVER_ELSE="1", ZWM_TEST_CHROMIUM="/chromium")
    told = environment.misspelt()
    assert told[0] == "ZWM_KEEP_RUN_DAYS: did you mean ZWM_KEEP_RUNS_DAYS?"
    assert [line.partition(":")[0] for line in told] == ["ZWM_KEEP_RUN_DAYS", "ZWM_WHATEVER_ELSE"]


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_a_number_is_in_its_range_or_refused(text: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("ZWM_X", text)
        try:
            number = environment.number("ZWM_X", 5, least=-2, most=7)
        except ImproperlyConfigured:
            number = 0
        assert -2 <= number <= 7
    environment._known.discard("ZWM_X")
