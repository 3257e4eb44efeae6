from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.encryption import EncryptedTextField
from workflow_mirror.saving import SavesChanges
from workflow_mirror.zuora.errors import BaseUrlRefusedError
from workflow_mirror.zuora.regions import HostPolicy, checked_base_url, environment_of

if TYPE_CHECKING:
    from workflow_mirror.errors import Coded
    from workflow_mirror.zuora.auth import TenantAccess


def host_policy() -> HostPolicy:
    """Which hosts the operator of this installation allows, from the environment."""
    return HostPolicy(
        allow_local=settings.ZWM_ZUORA_ALLOW_LOCAL,
        extra_hosts=frozenset(host.strip().lower() for host in settings.ZWM_ZUORA_EXTRA_HOSTS),
    )


def validate_base_url(text: str) -> None:
    try:
        checked_base_url(text, host_policy())
    except BaseUrlRefusedError as error:
        raise ValidationError(
            # Translated when it is shown; a terminal shows it in English.
            _(error.template),
            code=error.code,
            params=error.coded["facts"] if error.coded else None,
        ) from error


def validate_header_text(text: str) -> None:
    """Ids that are sent as HTTP headers, which carry plain ASCII and no line breaks."""
    if not (text.isascii() and text.isprintable()):
        raise ValidationError(
            _("Only ASCII letters, digits and symbols are allowed."), code="not_plain"
        )


NOT_PRINTABLE = _("No line breaks or other control characters")


class CustomerManager(models.Manager["Customer"]):
    """Does not load the secret until it is used."""

    def get_queryset(self) -> models.QuerySet["Customer"]:
        return super().get_queryset().defer("zuora_client_secret")


class Customer(SavesChanges):
    """One Zuora tenant with its credentials."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    zuora_client_id = models.CharField(_("client ID"), max_length=200)
    zuora_client_secret = EncryptedTextField(_("client secret"))
    zuora_base_url = models.CharField(_("base URL"), max_length=300, validators=[validate_base_url])
    zuora_entity_id = models.CharField(
        _("entity ID"), max_length=64, blank=True, default="", validators=[validate_header_text]
    )
    zuora_org_ids = models.CharField(
        _("organization IDs"),
        max_length=1000,
        blank=True,
        default="",
        validators=[validate_header_text],
    )
    environment = models.CharField(_("environment"), max_length=40, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    # The customer's failure; empty if there is none.
    needs_attention = models.TextField(blank=True, default="", editable=False)
    attention_details: "models.JSONField[Coded | None]" = models.JSONField(
        null=True, editable=False
    )
    credentials_checked_at = models.DateTimeField(_("last checked"), null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerManager()

    class Meta:
        db_table = "customers"
        ordering = ("name",)
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = (
            ("sync_customer", "Can sync customer"),
            ("check_customer", "Can check customer's credentials"),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        for column in ("name", "zuora_client_id", "zuora_entity_id", "zuora_org_ids"):
            setattr(self, column, getattr(self, column).strip())
        if not self.name.isprintable():
            raise ValidationError({"name": ValidationError(NOT_PRINTABLE, code="not_printable")})
        try:
            self.zuora_base_url = checked_base_url(self.zuora_base_url, host_policy())
        except BaseUrlRefusedError:
            return  # the field's validator reports it
        self.environment = self.environment or environment_of(self.zuora_base_url)

    def access(self) -> "TenantAccess":
        """Address and credentials. Raises DecryptionError where the secret cannot be opened."""
        # The HTTP client takes long to load, and most commands make no request.
        from workflow_mirror.zuora.auth import TenantAccess  # noqa: PLC0415 - as just said

        return TenantAccess(
            base_url=self.zuora_base_url,
            client_id=self.zuora_client_id,
            client_secret=self.zuora_client_secret,
            entity_id=self.zuora_entity_id,
            org_ids=self.zuora_org_ids,
        )


class ZuoraToken(models.Model):
    """An access token that all workers share; encrypted, and named by a hash of whose it is."""

    key = models.CharField(max_length=64, primary_key=True)
    token = EncryptedTextField()
    expires_at = models.DateTimeField()  # when to stop using it, a margin before its end

    class Meta:
        db_table = "zuora_tokens"

    def __str__(self) -> str:
        return self.key


class TokenClaim(models.Model):
    """Says that a worker is fetching the token of this key; renewed for as long as it does."""

    key = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "zuora_token_claims"

    def __str__(self) -> str:
        return self.key


class TokenCalls(models.Model):
    """How far the token calls of a host have used up what Zuora allows one address."""

    host = models.TextField(primary_key=True)
    drained_at = models.DateTimeField()

    class Meta:
        db_table = "zuora_token_calls"

    def __str__(self) -> str:
        return self.host
