from functools import cached_property

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.models import Customer
from workflow_mirror.saving import SavesChanges


class Theme(models.TextChoices):
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserAccess(SavesChanges):
    """What one user may see, and how: language, time zone and theme.

    All customers are an explicit choice: the others see the customers that are selected, if any.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="access",
        verbose_name=_("user"),
    )
    all_customers = models.BooleanField(_("all customers"), default=False)
    customers = models.ManyToManyField(
        Customer, blank=True, related_name="+", verbose_name=_("only these customers")
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        choices=settings.LANGUAGES,
        help_text=_("Leave empty to use the browser's language."),
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text=_("Leave empty to use the browser's time zone."),
    )
    theme = models.CharField(
        _("theme"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=Theme,
        help_text=_("Leave empty to follow the system."),
    )

    class Meta:
        db_table = "user_access"
        verbose_name = _("access")
        verbose_name_plural = _("access")

    def __str__(self) -> str:
        return str(self.user)

    @cached_property
    def customer_ids(self) -> list[int]:
        return list(self.customers.values_list("pk", flat=True))
