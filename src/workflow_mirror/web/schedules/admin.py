"""Schedules: when syncs start by themselves."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from workflow_mirror.access.scope import Scope, is_limited
from workflow_mirror.error_texts import in_our_language, translated
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.schedules import service
from workflow_mirror.schedules.cron import error_of, in_words, next_slots, zone
from workflow_mirror.schedules.errors import CronError, ScheduleError
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.schedules.scoped import schedules_in, with_customer_names
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import post_action
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import by, newest_first
from workflow_mirror.web.kit.syncing import tell_queued
from workflow_mirror.web.kit.time_formats import TO_THE_MINUTE, exact, minutes
from workflow_mirror.web.schedules.form import ScheduleForm
from workflow_mirror.web.schedules.rows import FILE_COLUMNS

STATE = ("words", "next_times", "last_run", "heartbeat")


@admin.register(Schedule, site=site)
class ScheduleAdmin(WithFiles):
    refusals = (ScheduleError,)
    form = ScheduleForm
    list_display = ("name", "is_on", "words", "scope", "next_run", "last_run")
    sorts: ClassVar = {
        "name": by("name"),
        "is_on": by("is_enabled", "name"),
        "next_run": by("next_run_at"),
        "last_run": newest_first("last_run_at"),
    }
    sorted_by = "name"
    list_filter = ("is_enabled",)
    search_fields = ("name",)
    search_help_text = _("Search by name")
    empty_text = _("No schedules yet.")
    file_name = "schedules"
    file_columns = FILE_COLUMNS
    filter_horizontal = ("customers",)
    actions_row = ("switch", "run")
    actions_detail = ("switch", "run")
    fieldsets = (
        (None, {"fields": ("name", "is_enabled")}),
        (_("Schedule"), {"fields": ("cron", "timezone")}),
        (_("Scope"), {"fields": ("all_customers", "customers", "full")}),
        (_("Heartbeat"), {"fields": ("new_url", "no_url")}),
    )
    state_fieldset = (_("Status"), {"fields": STATE})
    readonly_fields = STATE

    def rows(self, scope: Scope) -> QuerySet[Schedule]:
        return with_customer_names(schedules_in(scope))

    def get_fieldsets(self, request: HttpRequest, obj: Schedule | None = None) -> Any:
        """A limited user makes schedules of some customers, never one for all."""
        fieldsets = self.fieldsets if obj is None else (*self.fieldsets, self.state_fieldset)
        hidden = {"all_customers"} if is_limited(request.user) else set()
        if obj is None or not obj.has_heartbeat:
            hidden |= {"no_url", "heartbeat"}
        return [
            (title, {"fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in fieldsets
        ]

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: Any) -> None:
        """Django saves the customers next, in the same transaction."""
        service.save_schedule(obj)
        if change and "customers" in form.changed_data:
            service.record_change(obj, ["customers"])
        _warn_without_worker(request, obj)

    def delete_model(self, request: HttpRequest, obj: Schedule) -> None:
        service.remove(obj)

    @display(description=_("status"))
    def is_on(self, schedule: Schedule) -> str:
        if schedule.is_enabled and schedule.heartbeat_error:
            return table_cells.label(gettext("Heartbeat failed"), "danger")
        if schedule.is_enabled:
            return table_cells.label(capfirst(gettext("enabled")), "success")
        return table_cells.label(capfirst(gettext("disabled")))

    @display(description=_("schedule"))
    def words(self, schedule: Schedule) -> str:
        """With the next three slots: as a tooltip, or as text if there is no description."""
        words = in_words(schedule.cron, get_language() or "en")
        now = timezone.now()
        if error := error_of(schedule.cron, schedule.timezone, now):
            words, tooltip = in_our_language(error), ""
        else:
            slots = minutes(next_slots(schedule.cron, schedule.timezone, now))
            tooltip = gettext("Next runs: %(runs)s") % {"runs": slots}
            words = tooltip if words == schedule.cron else words
        return format_html(
            '<span class="schedule-words" title="{}">{}</span> <code title="{}">{}</code> {}',
            tooltip,
            words,
            gettext("cron expression"),
            schedule.cron,
            schedule.timezone,
        )

    @display(description=_("next three runs"))
    def next_times(self, schedule: Schedule) -> str:
        """The next slots, or those that it would have if enabled."""
        slots = next_slots(schedule.cron, schedule.timezone, timezone.now())
        clocks = ((_two_clocks(slot, schedule.timezone),) for slot in slots)
        return format_html_join("", '<p class="mb-2">{}</p>', clocks) or table_cells.NOTHING

    @display(description=_("customers"))
    def scope(self, schedule: Any) -> str:
        if schedule.all_customers:
            return capfirst(gettext("all"))
        return table_cells.some_of(schedule.customer_names) or capfirst(gettext("none"))

    @display(description=_("next run"))
    def next_run(self, schedule: Schedule) -> str:
        return _two_clocks(schedule.next_run_at, schedule.timezone)

    @display(description=_("last run"))
    def last_run(self, schedule: Schedule) -> str:
        return _two_clocks(schedule.last_run_at, schedule.timezone)

    @display(description=_("last heartbeat"))
    def heartbeat(self, schedule: Schedule) -> str:
        """When the URL was last called, or why the last call failed."""
        error = translated(schedule.heartbeat_error, schedule.heartbeat_details)
        if error:
            return format_html('<span class="job-error">{}</span>', error)
        return _two_clocks(schedule.heartbeat_at, schedule.timezone)

    @post_action(
        permission="schedules.change_schedule",
        description=_("Enable or disable"),
        icon="power_settings_new",
    )
    def switch(self, request: HttpRequest, schedule: Schedule) -> None:
        try:
            service.switch(schedule, on=not schedule.is_enabled)
        except ScheduleError as error:
            messages.error(request, in_our_language(error))
            return
        names = {"name": schedule.name}
        if schedule.is_enabled:
            messages.success(request, gettext("%(name)s is enabled.") % names)
        else:
            messages.success(request, gettext("%(name)s is disabled.") % names)
        _warn_without_worker(request, schedule)

    @post_action(permission="schedules.run_schedule", description=_("Run now"), icon="play_arrow")
    def run(self, request: HttpRequest, schedule: Schedule) -> None:
        answer = service.run_now(schedule, request.user.get_username())
        if not answer.jobs:
            messages.warning(request, _("This schedule has no active customers."))
            return
        tell_queued(request, answer)


def _warn_without_worker(request: HttpRequest, schedule: Schedule) -> None:
    if schedule.is_enabled and not alive_workers():
        messages.warning(request, _("No worker is running. The schedule starts when one does."))


def _two_clocks(when: datetime | None, zone_name: str) -> str:
    """In the user's time zone, and where it is another, in that of the schedule."""
    if when is None:
        return table_cells.NOTHING
    here = exact(when)
    try:
        there = when.astimezone(zone(zone_name))
    except CronError:  # valid when it was saved
        return here
    if there.utcoffset() == timezone.localtime(when).utcoffset():
        return here
    return format_html(
        '<span class="two-clocks">{}<br>{}</span>', here, f"{there:{TO_THE_MINUTE}} {zone_name}"
    )
