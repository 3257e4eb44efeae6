"""The `zwm` command: validates options, calls a service function, prints the result."""

from workflow_mirror.cli.app import main

__all__ = ["main"]
