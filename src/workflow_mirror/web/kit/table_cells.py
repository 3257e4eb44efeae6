"""Table cells of jobs, batches and customers, as HTML.

The lists and the live updates (web/kit/live.py) both use these, so that an updated cell looks as it
did when the page was made.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, pgettext

from workflow_mirror.jobs.models import JobRun
from workflow_mirror.overview.health import Health
from workflow_mirror.web.kit.time_formats import TO_THE_SECOND, exact, relative

Status = JobRun.Status

NOTHING = "\N{EN DASH}"
NAMES_SHOWN = 3
# Unfold's names of colours.
VARIANTS: dict[str, str] = {
    Status.WAITING: "default",
    Status.RUNNING: "info",
    Status.RETRYING: "warning",
    Status.SUCCEEDED: "success",
    Status.COMPLETED_WITH_ERRORS: "warning",
    Status.FAILED: "danger",
    Status.CANCELLED: "default",
}
HEALTH_VARIANTS: dict[Health, str] = {
    Health.REFUSED: "danger",
    Health.FAILED: "danger",
    Health.STALE: "danger",
    Health.WITH_ERRORS: "warning",
    Health.NEVER_SYNCED: "info",
    Health.SYNCING: "info",
    Health.GOOD: "success",
    Health.SWITCHED_OFF: "default",
}
# Results of jobs. English has the same word for one and many, other languages do not.
DONE = {
    "created": ngettext_lazy("%(number)s created", "%(number)s created", "count"),
    "updated": ngettext_lazy("%(number)s updated", "%(number)s updated", "count"),
    "restored": ngettext_lazy("%(number)s restored", "%(number)s restored", "count"),
    "deleted": ngettext_lazy("%(number)s deleted", "%(number)s deleted", "count"),
    "fetched": ngettext_lazy("%(number)s version fetched", "%(number)s versions fetched", "count"),
    "remaining": ngettext_lazy("%(number)s remaining", "%(number)s remaining", "count"),
    "failed": ngettext_lazy("%(number)s failed", "%(number)s failed", "count"),
}


def live(kind: str, pk: Any, part: str, html: Any) -> SafeString:
    """A cell that web/kit/live.py keeps up to date."""
    return format_html('<span data-live="{}-{}-{}">{}</span>', kind, pk, part, html)


def row_link(pk: int, link: str, state: str) -> SafeString:
    """The ID of a row. By it and `state`, live.js detects whether list and row have changed."""
    return format_html(
        '<a class="font-semibold text-link" data-live-row="{0}" data-live-state="{2}" href="{1}">'
        "{0}</a>",
        pk,
        link,
        state,
    )


def label(text: Any, variant: str = "default") -> SafeString:
    return _label(str(text), variant)


@lru_cache(maxsize=512)
def _label(text: str, variant: str) -> SafeString:
    """Cached: the same few words are in every row, and each needs a template."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "variant": variant})


def badge(number: int, variant: str) -> str:
    """A number in the menu; nothing for none."""
    if not number:
        return ""
    return render_to_string("unfold/helpers/badge.html", {"value": number, "variant": variant})


def state(run: JobRun) -> SafeString:
    return label(state_words(run), VARIANTS[run.status])


def state_words(run: JobRun) -> str:
    if run.status == Status.RUNNING and run.cancel_requested:
        return _("Stopping")
    if run.status == Status.RUNNING and run.waiting_until:
        until = timezone.localtime(run.waiting_until)
        return _("Waiting for Zuora until %(time)s") % {"time": f"{until:%H:%M:%S}"}
    return str(capfirst(run.get_status_display()))


def progress(run: JobRun) -> SafeString:
    """A bar while it runs, moving without a figure until Zuora's list is there."""
    done, total = run.progress_done, run.progress_total
    if run.status != Status.RUNNING:
        words = _("%(done)s of %(total)s") % {"done": _number(done), "total": _number(total)}
        return format_html('<span class="whitespace-nowrap">{}</span>', words if total else NOTHING)
    if not total:
        return bar(None, _("Fetching workflow list…"))
    return bar(
        100 * done // total,
        _("%(done)s of %(total)s") % {"done": _number(done), "total": _number(total)},
    )


def bar(percent: int | None, words: str) -> SafeString:
    value = "" if percent is None else format_html('value="{}"', min(100, percent))
    return format_html(
        '<span class="progress"><progress max="100" {} aria-label="{}"></progress>'
        "<span>{}</span></span>",
        value,
        _("Progress"),
        words,
    )


def duration(run: JobRun) -> str:
    """From its first start to its end, or until now."""
    if run.started_at is None:
        return NOTHING
    return span((run.finished_at or timezone.now()) - run.started_at)


def span(length: timedelta) -> str:
    """Such as "2 h 5 min": the same in all our languages."""
    seconds = max(0, round(length.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def stats(run: JobRun) -> str:
    """The result of the job in words, without zero counts."""
    if not run.output:
        return NOTHING
    told = [
        text % {"count": count, "number": _number(count)}
        for key, text in DONE.items()
        if isinstance(count := run.output.get(key), int) and count
    ]
    changes_something = any(key in run.output for key in DONE)  # comparing and indexing do not
    is_told = changes_something and run.status != Status.FAILED
    return ", ".join(told) or (_("no changes") if is_told else NOTHING)


def output(run: JobRun) -> list[tuple[str, str]]:
    """All figures of the job with their names, in a fixed order."""
    names = {
        "total": _("workflows processed"),
        "created": pgettext("workflows", "created"),
        "updated": pgettext("workflows", "updated"),
        "unchanged": pgettext("workflows", "unchanged"),
        "restored": pgettext("workflows", "restored"),
        "deleted": pgettext("workflows", "deleted"),
        "fetched": _("versions fetched"),
        "unavailable": _("versions unavailable in Zuora"),
        "remaining": _("versions remaining"),
        "failed": pgettext("workflows", "failed"),
        "exported": _("exports downloaded"),
        "requests": _("requests"),
        "seconds": _("duration"),
    }
    found = run.output or {}
    units = {"seconds": " s"}
    return [
        (text, _number(found[key]) + units.get(key, ""))
        for key, text in names.items()
        if key in found
    ]


def one_line(text: str) -> SafeString:
    """Cut where the column ends; whole where the mouse rests, and on the page of one."""
    return format_html('<span class="one-line" title="{0}">{0}</span>', text)


def some_of(names: list[str]) -> str:
    """The first names, and the number of the others."""
    shown, more = ", ".join(names[:NAMES_SHOWN]), len(names) - NAMES_SHOWN
    if more <= 0:
        return shown
    return _("%(names)s and %(number)d more") % {"names": shown, "number": more}


def moment(when: datetime | None) -> str:
    """To the second."""
    return NOTHING if when is None else exact(when, TO_THE_SECOND)


def until(when: datetime | None) -> str:
    """How long until then; a moment that has come is now."""
    if when is None:
        return NOTHING
    if when <= timezone.now() + timedelta(seconds=1):
        return relative(when, _("now"), TO_THE_SECOND)
    if (seconds := (when - timezone.now()).total_seconds()) < 60:  # noqa: PLR2004 - a minute
        time = f"{seconds:.0f} s"
    else:
        time = timeuntil(when)
    return relative(when, _("in %(time)s") % {"time": time}, TO_THE_SECOND)


def _number(value: Any) -> str:
    if isinstance(value, float):
        return number_format(value, decimal_pos=1)
    return number_format(value, force_grouping=True)
