"""The identity provider for single sign-on (OpenID Connect), read from the environment.

docs/how-to/single-sign-on.md describes the variables and the file.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from workflow_mirror import environment
from workflow_mirror.secret_variables import secret

ISSUER: Final = "ZWM_OIDC_ISSUER"
CLIENT_SECRET: Final = "ZWM_OIDC_CLIENT_SECRET"  # noqa: S105 - its name
GROUPS_FILE: Final = "ZWM_OIDC_GROUPS_FILE"
ALL: Final = "all"


@dataclass(frozen=True)
class Rights:
    """What the members of one or more groups of the provider get here. Names, not keys: a customer
    may be added later. `customers` None means all.
    """

    groups: frozenset[str] = frozenset()
    customers: frozenset[str] | None = frozenset()

    def __or__(self, other: "Rights") -> "Rights":
        every = None in (self.customers, other.customers)
        customers = None if every else (self.customers or frozenset()) | (other.customers or set())
        return Rights(self.groups | other.groups, customers)


@dataclass(frozen=True)
class IdentityProvider:
    """`name` is None without a name of its own. `rights` are by group of the provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str | None
    scopes: tuple[str, ...]
    groups_claim: str
    rights: dict[str, Rights]

    def rights_of(self, groups: list[str]) -> Rights | None:
        """None if no group is mapped: then the user may not log in."""
        known = [self.rights[group] for group in groups if group in self.rights]
        total = Rights()
        for rights in known:
            total |= rights
        return total if total.groups else None


def from_environment() -> IdentityProvider | None:
    """None if no provider is set. Raises ImproperlyConfigured and SecretFileError."""
    issuer = environment.web_address(ISSUER)
    client_id = environment.text("ZWM_OIDC_CLIENT_ID")
    groups_file = environment.text("ZWM_OIDC_GROUPS_FILE")
    name = environment.text("ZWM_OIDC_NAME")
    scopes = environment.text("ZWM_OIDC_SCOPES")
    groups_claim = environment.text("ZWM_OIDC_GROUPS_CLAIM")
    client_secret = secret(CLIENT_SECRET)
    needed = {
        "ZWM_OIDC_CLIENT_ID": client_id,
        CLIENT_SECRET: client_secret,
        GROUPS_FILE: groups_file,
    }
    optional = {
        "ZWM_OIDC_NAME": name,
        "ZWM_OIDC_SCOPES": scopes,
        "ZWM_OIDC_GROUPS_CLAIM": groups_claim,
    }
    if not issuer:
        _refuse([variable for variable, value in (needed | optional).items() if value], ISSUER)
        return None
    for variable, value in needed.items():
        if not value:
            raise ImproperlyConfigured(f"{variable} must be set, since {ISSUER} is")
    return IdentityProvider(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        name=name or None,
        scopes=_scopes(scopes or "openid profile email"),
        groups_claim=groups_claim or "groups",
        rights=read_groups(Path(groups_file)),
    )


def read_groups(path: Path) -> dict[str, Rights]:
    """Raises ImproperlyConfigured, which names the group that is wrong."""
    try:
        with path.open("rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror})"
        raise ImproperlyConfigured(f"{GROUPS_FILE}: {reason}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ImproperlyConfigured(f"{GROUPS_FILE}: the file is not TOML") from None
    if not document:
        raise ImproperlyConfigured(f"{GROUPS_FILE}: the file maps no group")
    return {group: _rights(group, table) for group, table in document.items()}


def _rights(group: str, table: Any) -> Rights:
    """At least one of our groups, and customers only as asked for."""
    match table:
        case {"groups": groups, **others} if groups and _are_names(groups):
            customers: Any = others.pop("customers", [])
            if not others and customers == ALL:
                return Rights(frozenset(groups), None)
            if not others and _are_names(customers):
                return Rights(frozenset(groups), frozenset(customers))
    raise ImproperlyConfigured(
        f"{GROUPS_FILE}: [{group[:40]!r}] must have groups = [NAMES], and may have"
        f' customers = [NAMES] or "{ALL}"'
    )


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


def _scopes(text: str) -> tuple[str, ...]:
    scopes = tuple(text.split())
    if "openid" not in scopes:
        raise ImproperlyConfigured("ZWM_OIDC_SCOPES must include openid, separated by blanks")
    return scopes


def _refuse(given: list[str], missing: str) -> None:
    if given:
        raise ImproperlyConfigured(f"{given[0]} has no effect without {missing}: set it, too")
