"""Every URL of the web admin, with an address of each and what its form is filled in with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver

from .conftest import PASSWORD
from .made_world import DOWN, Things, World

# What the page of a URL is of: the longest of these that the URL begins with.
OF = {
    "customers_customer": "customer",
    "workflows_workflow": "workflow",
    "workflows_task": "task",
    "history_workflowchange": "change",
    "jobs_jobrun": "failed",
    "jobs_jobrun_cancel": "running",
    "jobs_jobbatch": "batch",
    "web_failedjob": "failed",
    "web_waitingjob": "waiting",
    "schedules_schedule": "schedule",
    "jobs_workerprocess": "worker",
    "auth_user": "user",
    "auth_group": "group",
    "saved": "saved",
    "notifications_notificationrule": "notification_rule",
    "notifications_notificationdelivery": "delivery",
    "audit_auditevent": "event",
}

COMPARISON = "workflows_workflow_compare"
"""Its address names what it is of in its query."""


@dataclass(frozen=True)
class Url:
    """`name` is what the table calls it: its route where it has no name."""

    name: str
    route: str

    @property
    def of(self) -> str:
        """The name of the thing that it is about; empty where it is about none."""
        if self.name == COMPARISON:
            return "workflow"
        if self.name.startswith("compare_"):
            return "customer"
        if "<path:object_id>" not in self.route and not re.search(r"<(int:pk|id)>", self.route):
            return ""
        words = self.name.removeprefix("/admin/").replace("/", "_")
        return OF.get(
            max((known for known in OF if words.startswith(known)), key=len, default=""), ""
        )

    @property
    def is_a_customers(self) -> bool:
        return self.of in Things.__annotations__

    def address(self, things: Things, world: World) -> str:
        thing = (
            getattr(things if self.is_a_customers else world, self.of) if self.of else things.task
        )
        address = self.route.replace("(?P<url>.*)$", "nowhere/")
        address = address.replace("<int:export>", str(things.export.pk))
        address = re.sub("/uses/$", "/uses/?kind=host", address)
        address = address.replace("<path:content_type_id>", "1")
        address = address.replace("<uidb64>/<token>", "MQ/of-nobody")
        address = re.sub(r"<(path:object_id|int:pk|id)>", str(thing.pk), address)
        queries = {
            "workflows_workflow_task": f"?task={things.task.zuora_id}",
            "workflows_workflow_preview": f"?task={things.task.zuora_id}&at=mail",
            COMPARISON: f"?a={things.export.pk}&b={things.export.pk}",
            "search_csv_file": "?q=dunning",
            "search_xlsx_file": "?q=dunning",
        }
        both = f"?source={things.customer.pk}&target={things.partner.pk}"
        for_template = f"?template={things.partner.pk}"
        if self.name.startswith("compare_"):
            queries[self.name] = for_template if "matrix" in self.name else both
        query = queries.get(self.name, "")
        return f"/{address}{query}"


def collect(patterns: list[Any], before: str = "") -> Iterator[Url]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from collect(pattern.url_patterns, route)
        elif pattern.name == "app_list":
            [apps] = re.findall(r">(.+)\)", route)
            yield from (Url(f"app_list:{app}", f"admin/{app}/") for app in apps.split("|"))
        else:
            yield Url(pattern.name or f"/{route}", route)


# An action of the rows and of the page has the same URL twice.
URLS = {url.name: url for url in collect(get_resolver().url_patterns)}


def typed_into(url: Url, things: Things) -> dict[str, Any]:
    """What a form is filled in with, so that whoever may do it does it."""
    customer = {"name": "New name", "zuora_base_url": DOWN, "zuora_client_id": "new"}
    schedule = {"name": "New", "cron": "0 4 * * *", "timezone": "UTC"}
    schedule |= {"customers": str(things.customer.pk)}
    once, again = "quite-another-one", "quite-another-one"
    rule = {"name": "New", "events": "deleted", "stale_hours": "24", "all_customers": "on"}
    rule |= {"channel": "mail", "mail_to": "ada@example.com", "frequency": "daily"}
    rule |= {"digest_time": "08:00", "digest_weekday": "1", "timezone": "UTC"}
    no_access = {"access-TOTAL_FORMS": "0", "access-INITIAL_FORMS": "0"}
    forms: dict[str, dict[str, Any]] = {
        "set_language": {"language": "it"},
        "account": {"language": "it", "timezone": "Europe/Rome", "theme": "dark"},
        "account_theme": {"theme": "dark"},
        "password_change": {
            "old_password": PASSWORD,
            "new_password1": once,
            "new_password2": again,
        },
        "customers_customer_add": {**customer, "new_secret": "new"},
        "customers_customer_edit": customer,
        "workflows_workflow_sync_customer": {"customer": str(things.customer.pk)},
        "schedules_schedule_add": schedule,
        "schedules_schedule_change": schedule,
        "auth_user_add": {"username": "una", "password1": once, "password2": again, **no_access},
        "auth_user_change": {"username": "ugo2", "is_active": "on", **no_access},
        "auth_user_password_change": {"password1": once, "password2": again},
        "auth_group_add": {"name": "New group"},
        "auth_group_change": {"name": "New name"},
        "notifications_notificationrule_add": rule,
        "notifications_notificationrule_change": rule,
        "compare_rule_add": {
            "source": things.customer.pk,
            "target": things.partner.pk,
            "kind": "path",
            "source_text": "tasks.parameters.url",
        },
        "compare_rule_delete": {"id": things.rule.pk},
        "compare_link_add": {
            "source": things.workflow.pk,
            "target": things.partner_workflow.pk,
        },
        "compare_link_delete": {"id": things.link.pk},
        "compare_template": {"customer": things.customer.pk, "template": things.partner.pk},
        "list_customer": {"customer": str(things.customer.pk), "next": "/admin/"},
        "list_size": {"size": "50", "next": "/admin/"},
        "list_columns": {"page": "workflows_workflow", "columns": "state", "next": "/admin/"},
        "list_default_view": {"page": "workflows_workflow", "next": "/admin/"},
        "saved_view_add": {"page": "search", "query": "q=dunning", "name": "New"},
    }
    return forms.get(url.name, {"post": "yes"})
