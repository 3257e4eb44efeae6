"""What can be wrong about a customer. Every message is one line for the user."""

from collections.abc import Iterable

from workflow_mirror.errors import SafeError


class CustomerError(SafeError):
    """Base of all; its user can put it right."""


class InvalidCustomerError(CustomerError):
    """A value that no customer can have, whatever the mirror holds."""


class UnknownCustomerError(CustomerError):
    def __init__(self, names: Iterable[str]) -> None:
        listed = ", ".join(repr(name) for name in names)
        super().__init__(f"There is no customer {listed}; see zwm customers list")


class DecryptionError(CustomerError):
    """A stored secret cannot be opened with the keys that are there."""

    def __init__(self) -> None:
        super().__init__(
            "A stored secret cannot be decrypted: ZWM_ENCRYPTION_KEYS lacks the key it was"
            " written with; restore that key, or set the secret again"
        )


class WrongKeysError(CustomerError):
    """The host has other encryption keys than those that stored the secrets."""

    def __init__(self) -> None:
        super().__init__(
            "None of the stored client secrets can be decrypted with the ZWM_ENCRYPTION_KEYS of"
            " this host. Use the keys of the other hosts; if the key is lost, set the client"
            " secrets again (zwm customers update)"
        )
