"""Notifications: one's own rules; those of all users for administrators."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from workflow_mirror.access.scope import may
from workflow_mirror.error_texts import in_our_language, translated
from workflow_mirror.notifications import rules
from workflow_mirror.notifications.delivering import WEBHOOK_PERMISSION
from workflow_mirror.notifications.errors import NotificationError
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.notifications.queries import manages_all, rules_of
from workflow_mirror.notifications.recommended import RECOMMENDED
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import post_action
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.notifications import rows
from workflow_mirror.web.notifications.form import RuleForm

CHANGE = "notifications.change_notificationrule"
OF_WEBHOOKS = ("new_url", "new_secret")


@admin.register(NotificationRule, site=site)
class RuleAdmin(WithFiles):
    refusals = (NotificationError,)
    file_name = "notifications"
    file_columns = rows.RULE_FILE
    form = RuleForm
    list_display = (
        "name",
        "is_on",
        "problem",
        "event_names",
        "customer_names",
        "target",
        "frequency",
        "owner_name",
    )
    search_fields = ("name",)
    search_help_text = gettext_lazy("Search by name")
    empty_text = gettext_lazy("No notification rules yet.")
    list_before_template = "web/notifications/list_before.html"
    filter_horizontal = ("customers",)
    ordering = ("name", "pk")
    actions_row = ("test", "switch")
    actions_detail = ("test", "turn_off")
    fieldsets = (
        (None, {"fields": ("name", "is_enabled")}),
        (
            gettext_lazy("What"),
            {"fields": ("events", "stale_hours", "all_customers", "customers")},
        ),
        (gettext_lazy("Where"), {"fields": ("channel", "mail_to", "new_url", "new_secret")}),
        (
            gettext_lazy("When"),
            {
                "fields": (
                    "frequency",
                    "digest_time",
                    "digest_weekday",
                    "timezone",
                    "quiet_from",
                    "quiet_until",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[NotificationRule]:
        return rules_of(request.user).order_by(*self.ordering)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the fields of a webhook for who may not have one."""
        if may(request.user, WEBHOOK_PERMISSION):
            return self.fieldsets
        return [
            (title, {"fields": [name for name in options["fields"] if name not in OF_WEBHOOKS]})
            for title, options in self.fieldsets
        ]

    def every_column(self, request: HttpRequest) -> list[Any]:
        """Whose a rule is, for those who see others'."""
        every = super().every_column(request)
        return [name for name in every if name != "owner_name" or manages_all(request.user)]

    def get_form(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        form = super().get_form(request, obj, **options)
        form.user = request.user
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A recommended rule, or an empty one; with the user's own address."""
        initial: dict[str, Any] = {"mail_to": getattr(request.user, "email", "")}
        if ready := RECOMMENDED.get(request.GET.get("recommended", "")):
            initial |= {"name": ready.name, "events": list(ready.events), **ready.values}
        return initial

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), "recommended": RECOMMENDED}
        )
        return answer

    def save_model(
        self, request: HttpRequest, obj: NotificationRule, form: Any, change: Any
    ) -> None:
        """Django saves the customers next, in the same transaction."""
        rules.save_rule(obj, *({"customers"} & {*form.changed_data}))

    def delete_model(self, request: HttpRequest, obj: NotificationRule) -> None:
        rules.remove(obj)

    @display(description=gettext_lazy("status"))
    def is_on(self, rule: NotificationRule) -> str:
        return rows.state_of_rule(rule)

    @display(description=gettext_lazy("problem"))
    def problem(self, rule: NotificationRule) -> str | None:
        problem = rows.problem_of(rule)
        return format_html('<span class="job-error">{}</span>', problem) if problem else None

    @display(description=gettext_lazy("events"))
    def event_names(self, rule: NotificationRule) -> str:
        return rows.events_of(rule)

    @display(description=gettext_lazy("customers"))
    def customer_names(self, rule: NotificationRule) -> str:
        return rows.customers_of(rule)

    @display(description=gettext_lazy("recipient"))
    def target(self, rule: NotificationRule) -> str:
        return table_cells.one_line(rows.target_of(rule))

    @display(description=gettext_lazy("owner"))
    def owner_name(self, rule: NotificationRule) -> str:
        return rule.owner.get_username()

    @post_action(permission=CHANGE, description=gettext_lazy("Send test"), icon="play_arrow")
    def test(self, request: HttpRequest, rule: NotificationRule) -> None:
        try:
            sent = rules.send_test(rule)
        except NotificationError as error:
            messages.error(request, in_our_language(error))
            return
        if sent.state == NotificationDelivery.State.DELIVERED:
            messages.success(request, _("Test message sent."))
        else:
            reason = translated(sent.error, sent.error_details)
            messages.error(request, _("Test message not sent. %(reason)s") % {"reason": reason})

    @post_action(
        permission=CHANGE, description=gettext_lazy("Enable or disable"), icon="power_settings_new"
    )
    def switch(self, request: HttpRequest, rule: NotificationRule) -> None:
        _switch(request, rule, on=not rule.is_enabled)

    @post_action(
        permission=CHANGE,
        description=gettext_lazy("Turn off rule"),
        icon="power_settings_new",
        question=gettext_lazy("No more messages of this rule? It can be enabled again."),
    )
    def turn_off(self, request: HttpRequest, rule: NotificationRule) -> None:
        """Messages link here; the question is asked before anything changes."""
        _switch(request, rule, on=False)


def _switch(request: HttpRequest, rule: NotificationRule, *, on: bool) -> None:
    rules.switch(rule, on=on)
    text = _("%(name)s is enabled.") if on else _("%(name)s is disabled.")
    messages.success(request, text % {"name": rule.name})
