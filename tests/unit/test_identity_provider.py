"""The identity provider as the environment describes it."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.identity_provider import Rights, from_environment, read_groups

FILE = """
["mirror admins"]
groups = ["Administrators"]
customers = "all"

[team-rossi]
groups = ["Viewers", "Auditors"]
customers = ["Rossi S.p.A."]

["9f3b1c7e-0000-4000-8000-000000000000"]
groups = ["Operators"]
"""
NAMES = st.frozensets(st.sampled_from(["a", "b", "c"]))
RIGHTS = st.builds(Rights, NAMES, NAMES | st.none())


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "groups.toml").write_text(FILE)
    (tmp_path / "secret").write_text("a-secret\n")
    variables = {
        "ZWM_OIDC_ISSUER": "https://id.example.com/realms/main/",
        "ZWM_OIDC_CLIENT_ID": "mirror",
        "ZWM_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "ZWM_OIDC_GROUPS_FILE": str(tmp_path / "groups.toml"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


def test_without_variables_there_is_no_provider() -> None:
    assert from_environment() is None


def test_a_provider_is_read_with_its_secret_from_a_file(variables: dict[str, str]) -> None:
    provider = from_environment()
    assert provider
    assert provider.issuer == "https://id.example.com/realms/main"
    assert (provider.client_id, provider.client_secret) == ("mirror", "a-secret")
    assert (provider.groups_claim, provider.scopes) == ("groups", ("openid", "profile", "email"))
    assert "a-secret" not in repr(provider)


def test_rights_are_those_of_all_mapped_groups(variables: dict[str, str]) -> None:
    provider = from_environment()
    assert provider
    rossi = frozenset(["Rossi S.p.A."])
    assert provider.rights_of(["team-rossi", "unknown"]) == Rights(
        frozenset(["Viewers", "Auditors"]), rossi
    )
    both = provider.rights_of(["team-rossi", "mirror admins"])
    assert both == Rights(frozenset(["Administrators", "Viewers", "Auditors"]), None)
    operators = provider.rights_of(["9f3b1c7e-0000-4000-8000-000000000000"])
    assert operators == Rights(frozenset(["Operators"]), frozenset())
    assert provider.rights_of([]) is provider.rights_of(["Team-Rossi"]) is None


@pytest.mark.parametrize("name", ["CLIENT_ID", "CLIENT_SECRET_FILE", "GROUPS_FILE"])
def test_a_provider_without_one_of_its_variables_is_refused(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(f"ZWM_OIDC_{name}")
    with pytest.raises(ImproperlyConfigured, match=name.removesuffix("_FILE")):
        from_environment()


@pytest.mark.parametrize(
    "text",
    [
        "", "no toml", "\xff", "[a]", "[a]\ngroups = []", '[a]\ngroups = "Viewers"',
        "[a]\ngroups = [1]", '[a]\ngroups = [""]', '[a]\ncustomers = "all"', 'a = "Viewers"',
        '[a]\ngroups = ["Viewers"]\ncustomer = ["Rossi"]',
        '[a]\ngroups = ["Viewers"]\ncustomers = "Rossi"',
        '[a]\ngroups = ["Viewers"]\ncustomers = "ALL"',
        '[a]\ngroups = ["Viewers"]\ncustomers = [["Rossi"]]',
        '[a]\ngroups = ["Viewers"]\n[a]\ngroups = ["Viewers"]',
    ],
)  # fmt: skip
def test_a_file_that_is_not_understood_gives_nobody_anything(tmp_path: Path, text: str) -> None:
    file = tmp_path / "groups.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ImproperlyConfigured, match="ZWM_OIDC_GROUPS_FILE") as caught:
        read_groups(file)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        read_groups(tmp_path / "nowhere.toml")


@given(RIGHTS, RIGHTS, RIGHTS)
def test_adding_rights_takes_none_away_and_the_order_does_not_matter(
    a: Rights, b: Rights, c: Rights
) -> None:
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a == a | Rights()
    assert (a | b).groups >= a.groups
    assert (a | b).customers is None or (a.customers or frozenset()) <= (a | b).customers
