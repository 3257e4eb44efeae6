"""Errors about schedules. Every message is one line for the user."""

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class ScheduleError(SafeError):
    """Base of all."""


class UnknownScheduleError(ScheduleError):
    code = "unknown_schedule"
    template = _("There is no schedule %(name)r; see zwm schedule list")

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class ScheduleNameTakenError(ScheduleError):
    code = "schedule_name_taken"
    template = _("There is a schedule %(schedule)r already")


class InvalidScheduleError(ScheduleError):
    """A value that no schedule can have."""


class NamelessScheduleError(InvalidScheduleError):
    code = "schedule_without_name"
    template = _("A schedule needs a name")


class ScheduleNameTooLongError(InvalidScheduleError):
    code = "schedule_name_too_long"
    template = _("The name has more than %(number)s characters")


class ScheduleNameNotPrintableError(InvalidScheduleError):
    code = "schedule_name_not_printable"
    template = _("The name has a line break or another control character")


class CronError(InvalidScheduleError):
    """The cron expression or the time zone is invalid."""


class CronTooLongError(CronError):
    code = "cron_too_long"
    template = _("Invalid cron expression: more than %(number)d characters")


class CronFieldsError(CronError):
    code = "cron_fields"
    template = _(
        "Invalid cron expression %(cron)r: it needs five fields (minute, hour, day of the month,"
        " month, day of the week)"
    )


class InvalidCronError(CronError):
    """`reason` is what CronSim objects to."""

    code = "invalid_cron"
    template = _("Invalid cron expression %(cron)r: %(reason)s")
    translated = ("reason",)


class UnknownTimezoneError(CronError):
    code = "unknown_timezone"
    template = _("Unknown time zone %(name)r; use one like Europe/Rome")
