"""File names made of names from Zuora, which are untrusted.

Only lower-case ASCII letters, digits, hyphens and underscores are kept, so a name has no separator,
no trailing dot or space, and no second name that differs from it by case only.
"""

import re

from django.utils.text import slugify

_VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,2}", re.ASCII)
"""Source: API.md section 10."""
_PLAIN_ID = re.compile(r"\d{1,20}", re.ASCII)
MOST_CUSTOMER, MOST_NAME = 30, 50


def name_part(text: str, most: int = 60) -> str:
    """May be empty, as for a Japanese name."""
    return slugify(text)[:most]


def version_part(version: str) -> str:
    return f"v{version}" if _VERSION.fullmatch(version) else ""


def archive_path(  # noqa: PLR0913 - one a part of the path
    *,
    customer: str,
    customer_id: int,
    workflow_id: int,
    zuora_id: str,
    name: str,
    version: str,
    is_draft: bool,
    content_hash: str,
) -> str:
    """Such as `rossi-3/rossi-4711-dunning-v0.0.2-1f3c5a7b9d0e.json`; at most 208 characters.

    No two exports have the same path: the folder ends with our key of the customer, and the file
    names the customer's workflow by digits, Zuora's or our own. No part is a name that Windows
    reserves, since each has a number.
    """
    short = name_part(customer, MOST_CUSTOMER) or "customer"
    parts = (
        short,
        zuora_id if _PLAIN_ID.fullmatch(zuora_id) else f"id{workflow_id}",
        name_part(name, MOST_NAME),
        version_part(version),
        "draft" if is_draft else "",
        content_hash[:12],
    )
    return f"{short}-{customer_id}/{'-'.join(filter(None, parts))}.json"
