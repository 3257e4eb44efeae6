"""The options of a tenant, mostly for behaviour that Zuora's documents leave open."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypedDict, get_args, get_origin, get_type_hints

Dialect = Literal["documented", "newer"]
TooLong = Literal["clamp", "error"]
LastNextPage = Literal["absent", "null", "empty"]
NoActiveVersion = Literal["null", "absent"]
NameFilter = Literal["exact", "contains"]
Order = Literal["newest_first", "oldest_first"]


class TenantSettings(TypedDict, total=False):
    """The keyword arguments of `FakeZuora.add_tenant`; see `TenantOptions` for each."""

    dialect: Dialect
    token_lifetime: float
    requests_per_minute: int | None
    requests_per_hour: int | None
    requests_per_day: int | None
    rate_retry_after: bool
    max_concurrent: int | None
    concurrency_retry_after: int
    entities: tuple[str, ...]
    orgs: tuple[str, ...]
    view_only: bool
    workflow_access: bool
    too_long_page: TooLong
    last_next_page: LastNextPage
    next_page_host: str | None
    next_page_keeps_filters: bool
    no_active_version: NoActiveVersion
    name_filter: NameFilter
    order: Order
    date_offset: str
    runs_between_exports: bool


@dataclass
class TenantOptions:
    """A tenant's behaviour; every field can be changed while the fake serves."""

    dialect: Dialect = "documented"
    """`documented`: the published responses, including the misspelt `latest_inactive_verisons`.
    `newer`: like Zuora's newer samples (API.md section 3), and exports with
    `workflow_definition`."""
    token_lifetime: float = 3599
    """Seconds; applies to tokens issued from now on."""
    requests_per_minute: int | None = 50_000
    requests_per_hour: int | None = 2_250_000
    requests_per_day: int | None = 27_000_000
    """Rate limits of a production tenant (section 8). All three None: no limit and no
    `RateLimit-*` headers."""
    rate_retry_after: bool = False
    """Whether a 429 of a rate limit has `Retry-After` in addition to `RateLimit-Reset`."""
    max_concurrent: int | None = 40
    """Concurrent requests per entity; the token call is exempt. None: no limit."""
    concurrency_retry_after: int = 120
    """Seconds in `Retry-After` of a 429 of the concurrency limit."""
    entities: tuple[str, ...] = ()
    """Entity IDs; with more than one, calls must send one of them as `Zuora-Entity-Ids`."""
    orgs: tuple[str, ...] = ()
    """Org IDs that the user may see; any other ID in `Zuora-Org-Ids` fails the call."""
    view_only: bool = False
    """Exports return 403 while listing works (the permission question of section 4)."""
    workflow_access: bool = True
    """False: every workflow call returns 403."""
    too_long_page: TooLong = "clamp"
    """`page_length` above 50: reduced to 50, or answered with 400."""
    last_next_page: LastNextPage = "absent"
    """The form of `next_page` on the last page."""
    next_page_host: str | None = None
    """Base URL in `next_page` instead of the one that was called."""
    next_page_keeps_filters: bool = True
    no_active_version: NoActiveVersion = "null"
    """The form of `active_version` if no version is active."""
    name_filter: NameFilter = "exact"
    order: Order = "newest_first"
    date_offset: str = "Z"
    """`Z`, or an offset such as `+08:00`, in `createdAt` and `updatedAt`."""
    runs_between_exports: bool = False
    """Every workflow runs before each of its exports, so that no two have the same run state."""

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set several fields. Raises ValueError for an unknown name or value."""
        hints = get_type_hints(TenantOptions)
        for name, value in changes.items():
            if name not in hints:
                raise ValueError(f"unknown tenant option {name!r}; there are {', '.join(hints)}")
            allowed = get_args(hints[name]) if get_origin(hints[name]) is Literal else None
            if allowed and value not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
            setattr(self, name, tuple(value) if name in {"entities", "orgs"} else value)


def option_names() -> list[str]:
    """Every option, in the order of `TenantOptions`."""
    return [field.name for field in fields(TenantOptions)]
