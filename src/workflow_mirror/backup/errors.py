"""Errors of backups and moves. Every message is one line for the operator."""

from workflow_mirror.errors import SafeError


class BackupError(SafeError):
    """A backup cannot be made, read or restored, or the database not moved."""
