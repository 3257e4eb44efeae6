"""What can be wrong about a schedule. Every message is one line for the user."""

from workflow_mirror.errors import SafeError


class ScheduleError(SafeError):
    """Base of all."""


class UnknownScheduleError(ScheduleError):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no schedule {name!r}; see zwm schedule list")


class InvalidScheduleError(ScheduleError):
    """A value that no schedule can have."""


class CronError(InvalidScheduleError):
    """The cron expression or the time zone is invalid."""
