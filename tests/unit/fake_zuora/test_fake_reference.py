"""Hold the reference page against the code."""

import re
from pathlib import Path

import pytest

from workflow_mirror.fake_zuora import FAULT_KINDS, FakeZuora
from workflow_mirror.fake_zuora.__main__ import _parser
from workflow_mirror.fake_zuora.control import _ACTIONS, control_routes
from workflow_mirror.fake_zuora.options import TenantSettings, option_names

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "fake-zuora.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_fault_is_documented_with_its_parameters(page: str) -> None:
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}

    for name, kind in FAULT_KINDS.items():
        for parameter in kind.defaults:
            assert f"`{parameter}`" in rows[name]


def test_every_option_of_a_tenant_is_documented(page: str) -> None:
    for name in option_names():
        assert f"`{name}`" in page or f"`{re.sub('.*(?=_)', '', name)}`" in page


def test_every_option_of_a_tenant_is_a_keyword_argument() -> None:
    assert list(TenantSettings.__annotations__) == option_names()


def test_every_option_of_the_command_is_documented(page: str) -> None:
    options = re.findall(r"--[a-z-]+", _parser().format_help())

    assert [option for option in options if option != "--help" and f"`{option}`" not in page] == []


def test_every_call_of_the_control_api_is_documented(page: str) -> None:
    tails = {route.path.rsplit("/", 1)[1] for route in control_routes(FakeZuora())}

    assert {tail for tail in tails if "{" not in tail and f"/{tail}" not in page} == set()
    assert [action for action in _ACTIONS if f"`{action}`" not in page] == []
