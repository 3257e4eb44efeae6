"""Who acts in this thread: a user of the web admin, a command, a schedule, or the program."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """`name` is a username, `cli:OSUSER`, `schedule NAME` or `zwm:system`.

    No username has a colon or a space. A function is called when the name is needed: the user of a
    request costs a statement. `address` is the IP address of a request.
    """

    name: str | Callable[[], str]
    address: str = ""

    def __str__(self) -> str:
        return self.name if isinstance(self.name, str) else self.name()


SYSTEM = Actor("zwm:system")
_current: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """What is recorded inside is recorded as this actor's."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Actor:
    return _current.get()
