import socket
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workflow_mirror.zuora.errors import BaseUrlRefusedError
from workflow_mirror.zuora.regions import (
    REGIONS,
    HostPolicy,
    checked_base_url,
    environment_of,
    refuse_private_addresses,
)

STRICT = HostPolicy()
LOCAL = HostPolicy(allow_local=True)
EXTRA = HostPolicy(extra_hosts=frozenset({"gateway.example.com", "fake_zuora", "10.0.0.5"}))
WORDS = (
    "https:// http:// // rest . zuora.com evil.com @ : 443 / \\ # ? %2f [::1] 127.0.0.1 localhost é"
)
PARTS = st.sampled_from([*WORDS.split(), " ", "\t", "\n", "\0", "\N{IDEOGRAPHIC FULL STOP}"])


def test_there_are_ten_regions_and_all_are_allowed_as_they_are() -> None:
    assert len({region.base_url for region in REGIONS}) == 10
    assert [checked_base_url(r.base_url, STRICT) for r in REGIONS] == [r.base_url for r in REGIONS]


@pytest.mark.parametrize(
    "text",
    ["https://rest.pt1.zuora.com", "https://a.b.c.zuora.com", "https://rest.zuora.com:8443"],
)
def test_any_host_of_zuora_is_allowed(text: str) -> None:
    assert checked_base_url(text, STRICT) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://rest.eu.zuora.com/",
        " https://rest.eu.zuora.com \n",
        "HTTPS://REST.EU.Zuora.com",
        "https://rest.eu.zuora.com.",
        "https://rest.eu.zuora.com:443",
        "https://rest.eu.zuora.com:/",
        "https://rest.eu.zuora.com?#",
    ],
)
def test_a_base_url_gets_one_normal_form(text: str) -> None:
    assert checked_base_url(text, STRICT) == "https://rest.eu.zuora.com"


@pytest.mark.parametrize(
    "text",
    [
        "https://evilzuora.com",
        "https://zuora.com.evil.com",
        "https://rest.zuora.com.evil.com",
        "https://zuora.com",
        "https://rest.zuora.co",
        "https://rest-zuora.com",
        "https://rest.zuor\N{CYRILLIC SMALL LETTER A}.com",
        "https://xn--rest.zuora.evil",
        "https://evil.com#.zuora.com",
        "https://evil.com?.zuora.com",
        "https://evil.com/.zuora.com",
        "https://evil.com\\.zuora.com",
        "https://evil.com\\@rest.zuora.com",
        "https://evil.com%2f.zuora.com",
        "https://evil.com%00.zuora.com",
        "https://evil.com\0.zuora.com",
        "https://evil.com:443@rest.zuora.com",
        "https://[rest.zuora.com]",
    ],
)
def test_a_look_alike_is_refused(text: str) -> None:
    with pytest.raises(BaseUrlRefusedError):
        checked_base_url(text, STRICT)


@pytest.mark.parametrize(
    "text",
    [
        "https://.zuora.com",
        "https://rest..zuora.com",
        "https://-rest.zuora.com",
        f"https://{'a' * 64}.zuora.com",
        f"https://{'a.' * 130}zuora.com",
        "https://re st.zuora.com",
        "https://\N{FULLWIDTH LATIN SMALL LETTER R}est.zuora.com",
        "https://rést.zuora.com",
        "https://rest.zuora.com:port",
        "https://rest.zuora.com:99999",
    ],
)
def test_what_cannot_be_a_host_is_refused_and_does_not_crash_later(text: str) -> None:
    with pytest.raises(BaseUrlRefusedError):
        checked_base_url(text, STRICT)


@pytest.mark.parametrize("text", ["https://rest.zuora.com/v1", "https://rest.zuora.com/?page=1"])
def test_a_path_is_refused_in_words_that_help(text: str) -> None:
    with pytest.raises(BaseUrlRefusedError, match="no /v1, no path"):
        checked_base_url(text, STRICT)


@pytest.mark.parametrize("userinfo", ["me:s3cret@", "me@", ":@", "@"])
def test_a_user_name_is_refused_and_not_repeated(userinfo: str) -> None:
    with pytest.raises(BaseUrlRefusedError, match="user name or password") as refusal:
        checked_base_url(f"https://{userinfo}rest.zuora.com", STRICT)

    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "rest.zuora.com", "//rest.zuora.com", "ftp://rest.zuora.com"])
def test_another_scheme_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BaseUrlRefusedError, match=r"https://rest\.eu\.zuora\.com"):
        checked_base_url(text, LOCAL)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "api.localhost",
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "2130706433",
        "017700000001",
        "0",
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fd00::1]",
        "[fec0::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "224.0.0.1",
        "[ff02::1]",
    ],
)
def test_a_private_or_loopback_address_is_refused_in_every_notation(host: str) -> None:
    with pytest.raises(BaseUrlRefusedError):
        checked_base_url(f"https://{host}", STRICT)


@pytest.mark.parametrize("text", ["https://8.8.8.8", "https://[2606:4700::1]"])
def test_a_public_address_is_no_host_of_zuora_either(text: str) -> None:
    with pytest.raises(BaseUrlRefusedError, match="is not a host of zuora"):
        checked_base_url(text, LOCAL)


def test_http_is_refused_unless_the_operator_allows_it() -> None:
    with pytest.raises(BaseUrlRefusedError, match="must start with https"):
        checked_base_url("http://rest.zuora.com", STRICT)
    assert checked_base_url("http://rest.zuora.com:80", LOCAL) == "http://rest.zuora.com"


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8070", "http://[::1]:8070", "http://localhost:8070"]
)
def test_a_local_address_is_allowed_when_the_operator_allows_it(text: str) -> None:
    assert checked_base_url(text, LOCAL) == text
    refuse_private_addresses(text, LOCAL)


def test_extra_hosts_are_allowed_by_their_exact_name() -> None:
    assert checked_base_url("https://Gateway.Example.com", EXTRA) == "https://gateway.example.com"
    assert checked_base_url("https://fake_zuora", EXTRA) == "https://fake_zuora"
    for other in ("https://a.gateway.example.com", "https://gateway.example.com.evil.com"):
        with pytest.raises(BaseUrlRefusedError, match="ZWM_ZUORA_EXTRA_HOSTS"):
            checked_base_url(other, EXTRA)


def test_an_extra_host_may_still_not_be_private() -> None:
    with pytest.raises(BaseUrlRefusedError, match="private or loopback"):
        checked_base_url("https://10.0.0.5", EXTRA)


def resolving_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "fec0::1",
        "224.0.0.1",
        "64:ff9b::7f00:1",
    ],
)
def test_a_name_that_leads_to_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    resolving_to(address, monkeypatch)

    with pytest.raises(BaseUrlRefusedError, match="leads to a private or loopback address"):
        refuse_private_addresses("https://rest.zuora.com", STRICT)
    refuse_private_addresses("https://rest.zuora.com", LOCAL)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1", "64:ff9b::808:808"])
def test_a_name_that_leads_to_a_public_address_passes(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    resolving_to(address, monkeypatch)

    refuse_private_addresses("https://rest.zuora.com", STRICT)


def test_a_name_that_does_not_resolve_here_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    refuse_private_addresses("https://rest.zuora.com", STRICT)


def test_the_environment_follows_from_the_region() -> None:
    assert environment_of("https://rest.eu.zuora.com") == "production"
    assert environment_of("https://rest.sandbox.eu.zuora.com") == "sandbox"
    assert environment_of("https://rest.pt1.zuora.com") == ""


@settings(deadline=None)
@given(st.lists(PARTS, max_size=8).map("".join) | st.text() | st.text().map("https://{}".format))
@example("https://a\N{LINE SEPARATOR}b\x1b[31m")
def test_whatever_is_typed_is_refused_in_one_line_or_has_a_stable_normal_form(text: str) -> None:
    for policy in (STRICT, LOCAL, EXTRA):
        first = checked_or_refused(text, policy)

        assert first.isprintable()
        if first.startswith(("http://", "https://")):
            assert checked_or_refused(first, policy) == first


def checked_or_refused(text: str, policy: HostPolicy) -> str:
    try:
        return checked_base_url(text, policy)
    except BaseUrlRefusedError as error:
        return str(error)
