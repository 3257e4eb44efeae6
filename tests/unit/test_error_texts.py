"""What may be said about an error: types, places and our own words, never data."""

import ast
import importlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from subprocess import SubprocessError

import psycopg
import pytest
from cronsim import CronSimError
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import IntegrityError as DjangoIntegrityError
from django.db import NotSupportedError
from django.db import OperationalError as DjangoOperationalError
from django.db.migrations.exceptions import IrreversibleError
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

import workflow_mirror
from workflow_mirror.error_texts import (
    error_text,
    error_traceback,
    is_out_of_resources,
    is_unavailable,
)
from workflow_mirror.errors import SafeError
from workflow_mirror.exact_json import dump
from workflow_mirror.zuora.errors import NotFoundError

SECRET = "hush-77-hush"
PACKAGE = Path(workflow_mirror.__file__).parent

RAISED = (
    ValueError,
    KeyError,
    RuntimeError,
    TypeError,
    UnicodeError,
    OSError,
    errors.CheckViolation,
    errors.InvalidTextRepresentation,
    psycopg.DataError,
    psycopg.ProgrammingError,
)


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The error as a handler gets it: with a traceback and what led to it."""
    error.__cause__ = cause
    try:
        raise error  # noqa: TRY301 - its traceback is wanted
    except BaseException as caught:  # noqa: BLE001 - whatever it is
        return caught


@given(
    st.sampled_from(RAISED),
    st.sampled_from((*RAISED, None)),
    st.text(min_size=1).map(lambda text: f"{text}{SECRET}"),
)
def test_no_text_of_an_error_that_is_not_ours_is_told(
    kind: type[Exception], cause: type[Exception] | None, text: str
) -> None:
    error = raised(kind(text), cause(text) if cause else None)
    error.add_note(text)
    assert SECRET not in error_text(error)
    assert SECRET not in error_traceback(error)


def test_our_own_words_are_told_as_they_are() -> None:
    error = NotFoundError("Zuora does not know\n this \x1b[2J workflow")
    assert error_text(error) == "Zuora does not know this ?[2J workflow"
    assert "NotFoundError: Zuora does not know this" in error_traceback(raised(error))


def test_a_bug_is_told_by_its_type_and_place() -> None:
    with pytest.raises(TypeError) as caught:
        dump({"a": object()})
    assert error_text(caught.value).startswith(
        "Unexpected error: TypeError in exact_json.py, line "
    )


def test_a_traceback_tells_what_led_to_the_error_and_the_members_of_a_group() -> None:
    group = ExceptionGroup(SECRET, [ValueError(SECRET), KeyError(SECRET)])
    told = error_traceback(raised(RuntimeError(SECRET), group))
    assert "direct cause of" in told
    assert [name in told for name in ("ValueError", "KeyError", "RuntimeError")] == [True] * 3
    assert "raise error" in told
    assert SECRET not in told


def test_an_error_that_led_to_itself_is_told_once() -> None:
    error = raised(ValueError("a"))
    error.__context__ = error
    assert error_traceback(error).count("builtins.ValueError") == 1


@pytest.mark.parametrize(
    ("error", "unavailable", "resources"),
    [
        (errors.DiskFull(), True, True),
        (errors.TooManyConnections(), True, True),
        (errors.ReadOnlySqlTransaction(), True, True),
        (errors.CannotConnectNow(), True, True),
        (errors.AdminShutdown(), True, False),
        (psycopg.OperationalError("connection failed: FATAL: too many clients"), True, True),
        (psycopg.OperationalError("server closed the connection unexpectedly"), True, False),
        (psycopg.InterfaceError("the connection is closed"), True, False),
        (errors.UndefinedTable(), False, False),
        (errors.UniqueViolation(), False, False),
        (ValueError(), False, False),
    ],
)
def test_a_database_that_is_away_is_told_from_one_that_refuses(
    error: Exception, *, unavailable: bool, resources: bool
) -> None:
    assert (is_unavailable(error), is_out_of_resources(error)) == (unavailable, resources)
    wrapped = raised(DjangoOperationalError("x"), error)
    assert (is_unavailable(wrapped), is_out_of_resources(wrapped)) == (unavailable, resources)


def test_djangos_wrapper_is_told_as_what_it_wraps() -> None:
    wrapped = raised(DjangoIntegrityError(SECRET), errors.CheckViolation(SECRET))
    assert error_text(wrapped) == "Database error CheckViolation (SQLSTATE 23514)"


# Other texts that hold no data of a tenant, by module.
KNOWN_TEXTS = {
    "cli/django_commands.py": (CommandError, IrreversibleError),  # Django, about the arguments
    "database.py": (NotSupportedError,),  # Django, about the server's version
    "cli/web.py": (OSError,),  # the operating system, about a port
    "doctor/examine.py": (ImproperlyConfigured,),  # settings.py, about a variable
    "zuora/network.py": (object,),  # the HTTP library's words, which zuora/client.py judges
    # The operating system, about this installation before there is any data.
    "embedded/": (OSError, ValueError, KeyError, SubprocessError, shutil.Error, psycopg.Error),
    "schedules/cron.py": (CronSimError,),  # about the expression that the user typed
}


def is_known(name: str, kind: type) -> bool:
    return any(
        name.startswith(path) and issubclass(kind, kinds) for path, kinds in KNOWN_TEXTS.items()
    )


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith("fake_zuora/") and "/migrations/" not in name:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def told_texts(handler: ast.ExceptHandler) -> list[ast.AST]:
    """Where the handler makes a text of the error: str(), repr(), an f-string, a log value."""

    def is_error(node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == handler.name

    found: list[ast.AST] = []
    for node in ast.walk(handler):
        match node:
            case ast.Call(func=ast.Name(id="str" | "repr" | "print"), args=arguments):
                found += [node for argument in arguments if is_error(argument)]
            case ast.FormattedValue(value=value) if is_error(value):
                found.append(node)
            case ast.Attribute(value=value, attr="args") if is_error(value):
                found.append(node)
            case ast.keyword(arg=argument, value=value) if is_error(value):
                found += [] if argument == "exc_info" else [node]
            case ast.Dict(values=values):
                found += [node for value in values if is_error(value)]
    return found


def names_in(name: str, tree: ast.Module) -> dict[str, object]:
    """What the names of a module stand for, those that a function imports among them."""
    dotted = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    names = dict(vars(importlib.import_module(f"workflow_mirror.{dotted}")))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.col_offset:
            source = importlib.import_module(node.module)
            names |= {one.asname or one.name: getattr(source, one.name, None) for one in node.names}
    return names


def caught_types(names: dict[str, object], handler: ast.ExceptHandler) -> Iterator[type]:
    assert handler.type is not None
    nodes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    for node in nodes:
        value = eval(ast.unparse(node), names)  # noqa: S307 - our own source
        yield from value if isinstance(value, tuple) else (value,)


def test_no_module_makes_a_text_of_an_error_that_is_not_ours() -> None:
    wrong = []
    for name, tree in modules():
        for handler in ast.walk(tree):
            if not isinstance(handler, ast.ExceptHandler) or not handler.name:
                continue
            if not told_texts(handler):
                continue
            wrong += [
                f"{name}:{handler.lineno} {kind.__name__}"
                for kind in caught_types(names_in(name, tree), handler)
                if not issubclass(kind, SafeError) and not is_known(name, kind)
            ]
    assert "\n".join(wrong) == ""


def test_only_one_module_formats_tracebacks() -> None:
    wrong = [
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(one.name == "traceback" for one in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "traceback")
    ]
    assert wrong == ["error_texts.py"]
