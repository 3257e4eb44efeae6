"""Errors about customers. Every message is one line for the user."""

from collections.abc import Iterable

from workflow_mirror.errors import SafeError
from workflow_mirror.errors import gettext_noop as _


class CustomerError(SafeError):
    """Base of all; its user can put it right."""


class InvalidCustomerError(CustomerError):
    """A value that no customer can have, whatever the mirror holds."""


class NotSavedError(CustomerError):
    """Zuora refuses the new credentials, for which `problem` gives the reason."""

    code = "customer_not_saved"
    template = _("%(customer)s was not saved. %(problem)s")


class RemovedMeanwhileError(CustomerError):
    code = "customer_removed_meanwhile"
    template = _("%(customer)s was not saved: it has been removed")


class NameTakenError(CustomerError):
    code = "customer_name_taken"
    template = _("There is a customer %(customer)r already")


class UnknownCustomerError(CustomerError):
    code = "unknown_customer"
    template = _("There is no customer %(names)s; see zwm customers list")

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(names=", ".join(repr(name) for name in names))


class DecryptionError(CustomerError):
    """A stored secret cannot be opened with the keys that are there."""

    code = "decryption_failed"
    template = _(
        "A stored secret cannot be decrypted: ZWM_ENCRYPTION_KEYS lacks the key it was written"
        " with; restore that key, or set the secret again"
    )


class WrongKeysError(CustomerError):
    """The host's encryption keys differ from those that encrypted the secrets."""

    code = "wrong_keys"
    template = _(
        "None of the stored client secrets can be decrypted with the ZWM_ENCRYPTION_KEYS of this"
        " host. Use the keys of the other hosts; if the key is lost, set the client secrets again"
        " (zwm customers update)"
    )


class NoNewKeyError(CustomerError):
    """The environment sets the keys, and none is newer than that of the stored values."""

    code = "no_new_key"
    template = _(
        "ZWM_ENCRYPTION_KEYS has one key. Put a new key before it on every host, restart, and run"
        " this again. A new key: %(command)s"
    )


class RotationRunningError(CustomerError):
    code = "rotation_running"
    template = _("Another process is rotating the keys")


class OldKeysNeededError(CustomerError):
    """`number`: values that only an older key decrypts."""

    code = "old_keys_needed"
    template = _("%(number)s values are still encrypted with older keys; run zwm keys rotate first")
