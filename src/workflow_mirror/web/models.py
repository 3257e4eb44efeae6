from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun


class WaitingJob(JobRun):
    """The jobs in the queue, for a separate page. Their permissions are those of jobs."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("waiting job")
        verbose_name_plural = _("jobs waiting")


class FailedJob(JobRun):
    """The failed jobs, for a separate page. Their permissions are those of jobs."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("failed job")
        verbose_name_plural = _("failed jobs")


class SavedView(models.Model):
    """What a page shows with the parameters of an address, saved under a name.

    `page` is a key of web/saved/pages.py, `query` the query string of the address, without `?`.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=100)
    query = models.TextField()
    is_shared = models.BooleanField(_("shared"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "saved_views"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("owner", "page", "name"), name="saved_views_name"),
        )

    def __str__(self) -> str:
        return self.name


class ListPreferences(models.Model):
    """How one user wants lists to be shown.

    `columns` and `default_views` are by page, a key of web/kit/saved_views.py: the names of the
    columns in their order, and the key of a saved view, which may be deleted by now.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    page_size = models.PositiveSmallIntegerField(default=25)
    # The customer whose rows lists show, until the user chooses another or all.
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    columns: "models.JSONField[dict[str, list[str]]]" = models.JSONField(default=dict)
    default_views: "models.JSONField[dict[str, int]]" = models.JSONField(default=dict)

    class Meta:
        db_table = "list_preferences"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)
