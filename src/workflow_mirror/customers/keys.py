"""Whether this host has the keys that the stored secrets are encrypted with."""

from django.db.models import TextField
from django.db.models.functions import Cast

from workflow_mirror.customers.encryption import decrypt
from workflow_mirror.customers.errors import DecryptionError, WrongKeysError
from workflow_mirror.customers.models import Customer


def check_keys() -> None:
    """Raise WrongKeysError if none of the stored client secrets can be decrypted.

    A single undecryptable secret is that customer's failure. If all are, this host's keys differ
    from those of the other hosts, and its jobs would set every customer's failure.
    """
    sealed = Customer.objects.annotate(sealed=Cast("zuora_client_secret", TextField()))
    stored = list(sealed.values_list("sealed", flat=True))
    if stored and not any(map(_opens, stored)):
        raise WrongKeysError


def _opens(sealed: str) -> bool:
    try:
        decrypt(sealed)
    except DecryptionError:
        return False
    return True
