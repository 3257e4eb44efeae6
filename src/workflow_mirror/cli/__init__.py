"""The `zwm` command: validates options, calls a service function, prints what comes back."""

from workflow_mirror.cli.app import main

__all__ = ["main"]
