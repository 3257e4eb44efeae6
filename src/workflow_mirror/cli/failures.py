"""Reports the error of a command: one line and the exit code. Imported only after an error.

Django is loaded only for errors from below the command line; wrong use is reported without it.
"""

import sys

import typer
from typer.exceptions import TyperException

from workflow_mirror.cli.output import CommandError, output_has_begun, print_json, printable


def tell(error: Exception, arguments: list[str]) -> int:
    """Report the error on standard error, and with `--json` on standard output, too."""
    if _wants_trace(arguments):
        from workflow_mirror.error_texts import error_traceback

        sys.stderr.write(error_traceback(error))
    message = one_line(error)
    if message:
        # Standard error first: standard output may be the cause, as with a full disk.
        sys.stderr.write(f"zwm: {printable(message)}\n")
        if "--json" in arguments and not output_has_begun():
            print_json({"error": message})
    return error.exit_code if isinstance(error, CommandError | TyperException) else 1


def one_line(error: Exception) -> str:
    """The error in one line; empty if nothing is left to report, as when `zwm` shows its help."""
    match error:
        case TyperException():
            return _with_hint(error)
        case typer.Abort():
            return "There was no answer: nothing was done"
        case OSError():
            where = f" ({error.filename})" if error.filename else ""
            return f"Input or output failed{where}: {error.strerror or type(error).__name__}"
        case CommandError():
            return " ".join(str(error).split())
    from workflow_mirror.cli.expected_errors import line_about

    return line_about(error)


def _with_hint(error: TyperException) -> str:
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if not message or not context:
        return message
    return f"{message.rstrip('.')}. Try {context.command_path} --help"


def _wants_trace(arguments: list[str]) -> bool:
    """Whether `--debug` is among zwm's own options, which come before the command."""
    return bool(arguments) and arguments[0] == "--debug"
