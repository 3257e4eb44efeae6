"""Errors in the language of the page.

They are raised and stored in English by the layers below, which know of no user and, in the case of
the Zuora client, of no Django. What Zuora itself says stays as it came.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

KNOWN = (
    # zuora/errors.py
    _("Zuora could not be read"),
    _("This base URL is not allowed"),
    _("Zuora refuses this customer"),
    _("Invalid credentials"),
    _("The Zuora user lacks a permission"),
    _("This host does not answer as Zuora's API does; check the base URL"),
    _("Zuora could not be read now"),
    _("Zuora did not answer"),
    _("Zuora's rate limit is reached"),
    _("Zuora failed to answer"),
    _("Zuora's answer cannot be used"),
    _("This workflow cannot be read"),
    _("Zuora does not know this workflow or version"),
    _("Zuora refused the request"),
    _("Zuora's answer is too large"),
    # What zuora/ finds wrong with answers
    _("Zuora's token answer holds no token"),
    _("Zuora answered another workflow than the asked %(id)s"),
    _("Zuora's answer is not the export of a workflow"),
    _("Zuora's answer holds a workflow without an id"),
    _("Zuora's list answer holds no rows"),
    _("Zuora answered another page than the asked page %(number)s"),
    _("Zuora repeats a page of the list (page %(number)s)"),
    # zuora/regions.py
    _("The base URL is not a URL"),
    _("The base URL must look like https://rest.eu.zuora.com"),
    _("The base URL must not hold a user name or password"),
    _("The base URL must end after the host: no /v1, no path, no question mark"),
    _("The base URL names no host that can exist"),
    _("The base URL must start with https://"),
    _("%(host)s leads to a private or loopback address"),
    _("%(host)s is a private or loopback address"),
    _("%(host)s is not a host of zuora.com; to allow it, name it in ZWM_ZUORA_EXTRA_HOSTS"),
    # customers/, sync/ and jobs/
    _("%(customer)s was not saved. %(problem)s"),
    _("There is a customer %(customer)s already"),
    _("There is a schedule %(schedule)s already"),
    _("A schedule needs a name"),
    _(
        "Zuora lets this user list workflows but not export them; its role needs Workflow View"
        " Access, in some tenants Workflow Manage Access"
    ),
    _(
        "A stored secret cannot be decrypted: ZWM_ENCRYPTION_KEYS lacks the key it was written"
        " with; restore that key, or set the secret again"
    ),
    _("A sync of %(customer)s is running already"),
    _("%(customer)s has been removed from the mirror; there is nothing to sync"),
    _(
        "The connection to the database was lost during the sync; check that it is running, then"
        " sync again"
    ),
    _(
        "%(missing)s of %(mirrored)s mirrored workflows are missing from Zuora's list, more than"
        " the %(limit)s that may vanish at once: nothing was marked as deleted. If they are really"
        " gone, run the sync with --allow-mass-delete"
    ),
    _("This export is nested too deeply to be stored"),
    _("A bug ended this job; the log has its trace"),
    _("The job engine failed. %(reason)s"),
    _("Unexpected error: %(where)s"),
    _("Database error: %(what)s"),
    _("Database error %(what)s"),
    _(
        "The sync was stopped after %(hours)s hours (ZWM_SYNC_HOURS); what it has stored stays, and"
        " the next sync continues from there"
    ),
    _(
        "Worker lost: the process that ran this job was killed or frozen %(often)s. The job is not"
        " tried again by itself; to try again, retry it"
    ),
    _("once"),
    _("%(times)s times in a row"),
    _("A row of Zuora's list has no ID"),
    _("The database cannot hold it (%(reason)s)"),
    _("There is no job %(id)s; see zwm queue monitor"),
)
PLACE = re.compile(r"%\((\w+)\)s")


def in_our_language(error: str) -> str:
    """The error with the part translated that is ours; one that is not known as it is."""
    for known, pattern in _PATTERNS:
        if found := pattern.fullmatch(error):
            words = found.groupdict()
            rest = words.pop("rest")
            words = {name: in_our_language(word) for name, word in words.items()}
            return gettext(known) % words + rest
    return error


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """The longest first: some begin as others do. Facts of an answer may follow."""
    for known in sorted(KNOWN, key=len, reverse=True):
        parts = PLACE.split(known)
        texts, names = parts[::2], parts[1::2]
        groups = [f"(?P<{name}>.+)" for name in names] + [""]
        inner = "".join(re.escape(text) + group for text, group in zip(texts, groups, strict=True))
        # After a group that takes all, nothing is left.
        yield known, re.compile(inner + r"(?P<rest>(?:[ :].*)?)", re.DOTALL)


_PATTERNS = tuple(_patterns())
