"""Reads settings from environment variables. settings.py names each one with its type and range.

A variable that is not set, empty or blank has its default. The functions raise ImproperlyConfigured
for an invalid value: one sentence that names the variable and what is allowed. Only numbers,
switches and choices are repeated in it, and only if they are short: what does not belong into a
list may be a password.
"""

import difflib
import ipaddress
import os
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from workflow_mirror.secret_variables import FILE, NAMES

HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
LONGEST_SHOWN = 20  # characters of an invalid value
LONGEST_TEXT = 500
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# The widest that are set aside for one owner: fc00::/7 and 10.0.0.0/8.
SHORTEST_PREFIX = 7
# For the tests of this program, not for the program.
OF_THE_TESTS = "ZWM_TEST_"

_SWITCH = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}
# Those of home.py, the secrets, and whatever is read below.
_known = {"ZWM_HOME", *(name for name in NAMES if name.startswith("ZWM_"))}


def whole(name: str, default: int, *, least: int, most: int) -> int:
    allowed = f"a whole number from {least} to {most}"
    return _read(name, default, allowed, lambda text: _between(least, int(_plain(text)), most))


def number(name: str, default: float, *, least: float, most: float) -> float:
    """Never NaN nor infinite."""
    allowed = f"a number from {least:g} to {most:g}"
    return _read(name, default, allowed, lambda text: _between(least, float(_plain(text)), most))


def switch(name: str, *, default: bool) -> bool:
    return _read(name, default, "0 or 1", lambda text: _SWITCH[text.lower()])


def choice(name: str, default: str, *others: str) -> str:
    choices = {one: one for one in (default, *others)}
    return _read(name, default, " or ".join(choices), choices.__getitem__)


def text(name: str) -> str:
    """One line of at most 500 characters; "" if it is not set."""
    allowed = f"printable text of at most {LONGEST_TEXT} characters"
    return _read(name, "", allowed, _printable, is_shown=False)


def web_address(name: str) -> str:
    """An https URL, or http on this machine; without a slash at its end. "" if it is not set."""
    allowed = "an https URL, such as https://id.example.com, without user, password and query"
    return _read(name, "", allowed, _web_address, is_shown=False)


def addresses(name: str) -> list[str]:
    """IP addresses and networks, of more than a half of all addresses never."""
    allowed = "IP addresses or networks, such as 127.0.0.1 or 10.1.0.0/16, separated by commas"
    return _entries(name, [], allowed, _is_network)


def hosts(name: str) -> list[str]:
    """Names and IP addresses of hosts, lower case."""
    allowed = "host names, such as zuora.example.com, without https:// and port"
    return _entries(name, [], f"{allowed}, separated by commas", _is_host)


def host_patterns(name: str, default: list[str]) -> list[str]:
    """As Django's ALLOWED_HOSTS: `.example.com` means all below it, too, and `*` means any."""
    allowed = "host names, such as mirror.example.com, without https:// and port"
    return _entries(name, default, f"{allowed}, separated by commas", _is_host_pattern)


def site_address(name: str) -> str:
    """Such as https://mirror.example.com, without the last slash; empty if it is not set."""
    allowed = "the URL of the web admin, such as https://mirror.example.com"
    return _read(name, "", allowed, _site_address, is_shown=False)


def mail_address(name: str) -> str:
    """Empty if it is not set."""
    return _read(name, "", "an email address, such as mirror@example.com", _mail_address)


def misspelt() -> list[str]:
    """Unknown variables that are set, each with the known one that it may mean."""
    known = {*_known, *(name + FILE for name in NAMES)}
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith("ZWM_") and not name.startswith(OF_THE_TESTS) and name not in known
    )
    return [_guess(name) for name in unknown]


def _read[T](
    name: str, default: T, allowed: str, read: Callable[[str], T], *, is_shown: bool = True
) -> T:
    value = _value(name)
    if not value:
        return default
    try:
        return read(value)
    except (ValueError, LookupError):
        shown = f", not {value!r}" if is_shown and len(value) <= LONGEST_SHOWN else ""
        raise ImproperlyConfigured(f"{name} must be {allowed}{shown}") from None


def _printable(text: str) -> str:
    """Raises ValueError."""
    if not text.isprintable() or len(text) > LONGEST_TEXT:
        raise ValueError
    return text


def _web_address(text: str) -> str:
    """Raises ValueError. http is for a provider on the same machine only."""
    parts = urlsplit(_printable(text))
    is_local = parts.hostname in LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise ValueError
    _ = parts.port  # raises ValueError if it is not a number
    if not _is_host(parts.hostname or "") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError
    return text.rstrip("/")


def _plain(text: str) -> str:
    """Raises ValueError for 1_000 and for digits of other scripts, which Python would read."""
    if "_" in text or not text.isascii():
        raise ValueError
    return text


def _between[N: (int, float)](least: N, value: N, most: N) -> N:
    """Raises ValueError for a number out of range, and for NaN."""
    if not least <= value <= most:
        raise ValueError
    return value


def _entries(
    name: str, default: list[str], allowed: str, is_valid: Callable[[str], bool]
) -> list[str]:
    entries = [entry.strip().lower() for entry in _value(name).split(",")]
    entries = [entry for entry in entries if entry]
    for place, entry in enumerate(entries, start=1):
        if not is_valid(entry):
            raise ImproperlyConfigured(f"{name} must hold {allowed}; entry {place} is not allowed")
    return entries or default


def _value(name: str) -> str:
    _known.add(name)
    return os.environ.get(name, "").strip()


def _site_address(text: str) -> str:
    """Raises ValueError."""
    url = urlsplit(text)
    if not text.isprintable() or " " in text:
        raise ValueError
    is_right = url.scheme in {"http", "https"} and _is_host((url.hostname or "").lower())
    if not is_right or url.username is not None or url.query or url.fragment or url.port == 0:
        raise ValueError
    return text.rstrip("/")


def _mail_address(text: str) -> str:
    """Raises ValueError."""
    if not MAIL_ADDRESS.fullmatch(text):
        raise ValueError
    return text


def _is_network(text: str) -> bool:
    try:
        return ipaddress.ip_network(text).prefixlen >= SHORTEST_PREFIX
    except ValueError:
        return False


def _is_host(text: str) -> bool:
    return bool(HOST.fullmatch(text)) or _is_address(text)


def _is_host_pattern(text: str) -> bool:
    is_address = text[:1] + text[-1:] == "[]" and _is_address(text[1:-1])
    return text == "*" or is_address or bool(HOST.fullmatch(text.removeprefix(".")))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _guess(name: str) -> str:
    close = difflib.get_close_matches(name, _known, n=1)
    return f"{name}: did you mean {close[0]}?" if close else name
