"""Two customers with something on every page, told apart by words and numbers in any answer."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone

from workflow_mirror.access.models import UserAccess
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.compare.models import (
    CustomerPair,
    ExpectedDifference,
    Template,
    WorkflowLink,
)
from workflow_mirror.customers.encryption import encrypt
from workflow_mirror.customers.models import Customer, ZuoraToken
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.jobs.models import DIRECT, JobBatch, JobRun, WorkerProcess
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.references.index_again import index_again
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.web.models import SavedView
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport

from .made_jobs import STATS, make_failed, make_job, make_worker

MODELS = (Customer, Workflow, Task, WorkflowExport, JobRun, JobBatch, Schedule)
# Nobody listens there: credentials cannot be tried, which hinders nothing.
DOWN = "http://127.0.0.1:9"
SECRET = "secret-of-a-tenant"
TOKEN = "token-of-a-tenant"
SIGNING_SECRET = "whsec_c2VjcmV0LW9mLWEtcmVjZWl2ZXItb2Ytd2ViaG9va3M="
# Every id of the other customer's things is of this kind, and so are its Zuora ids.
FIRST_ID, FIRST_FOREIGN_ID = 4_100, 7_700_000
FOREIGN = re.compile(r"bianchi|\b77000\d\d\b", re.IGNORECASE)

# Schedules with both customers: of all of them, and of these two.
SHARED = ("of all, Bianchi too", "of both, Bianchi too")

Kind = WorkflowChange.Kind
Status = JobRun.Status


@dataclass
class Things:
    """What there is of one customer."""

    customer: Customer
    partner: Customer
    workflow: Workflow
    partner_workflow: Workflow
    rule: ExpectedDifference
    link: WorkflowLink
    task: Task
    export: WorkflowExport
    change: WorkflowChange
    failed: JobRun
    waiting: JobRun
    running: JobRun
    batch: JobBatch
    schedule: Schedule


@dataclass
class World:
    rossi: Things
    bianchi: Things
    worker: WorkerProcess
    user: User
    group: Group
    saved: SavedView
    notification_rule: NotificationRule
    delivery: NotificationDelivery
    secrets: list[str]
    event: AuditEvent


def make_world() -> World:
    user = User.objects.create_user("ugo", password="ugo's own password", is_staff=True)
    group = Group.objects.create(name="Auditors")
    begin_ids_at(FIRST_ID)
    rossi = make_things("Rossi", "4100", make_schedule("of Rossi"))
    # Jobs of his own customer must not tell the limited user the names of these schedules.
    for name in SHARED:
        make_requested(rossi, f"schedule {name}")
    begin_ids_at(FIRST_FOREIGN_ID)
    # These two are not the limited user's, although his customer is among them.
    everybody, both = map(make_schedule, SHARED)
    bianchi = make_things("Bianchi", "7700090", make_schedule("of Bianchi"))
    both.customers.set([rossi.customer, bianchi.customer])
    Schedule.objects.filter(pk=everybody.pk).update(all_customers=True)
    ZuoraToken.objects.create(key="k", token=TOKEN, expires_at=timezone.now())
    saved = SavedView.objects.create(
        owner=user, page="search", name="of ugo", query="q=customer%3ABianchi", is_shared=True
    )
    UserAccess.objects.create(user=user, all_customers=True)
    rule, delivery = make_notifications(user, bianchi.customer)
    event = AuditEvent.objects.create(
        actor="ugo", action=Action.CUSTOMER_CHANGED, target="Bianchi S.p.A.", details={"a": 1}
    )
    return World(
        rossi,
        bianchi,
        make_worker(),
        user,
        group,
        saved,
        rule,
        delivery,
        secrets_of(user),
        event,
    )


def make_notifications(
    user: User, customer: Customer
) -> tuple[NotificationRule, NotificationDelivery]:
    """A webhook of the user about one customer, and a message that was not delivered."""
    rule = NotificationRule.objects.create(
        owner=user,
        name="of Bianchi",
        events=["deactivated", "stale"],
        all_customers=False,
        channel="webhook",
        webhook_url=f"https://hooks.example.com/{TOKEN}",
        webhook_secret=SIGNING_SECRET,
        error="trouble of Bianchi",
    )
    rule.customers.set([customer])
    delivery = NotificationDelivery.objects.create(
        rule=rule, state="failed", number=2, attempts=1, due_at=timezone.now(),
        ended_at=timezone.now(), error="trouble of Bianchi",
    )  # fmt: skip
    return rule, delivery


def make_requested(things: Things, requested_by: str) -> None:
    """Jobs of the customer in every list, and a batch, of somebody else's request."""
    batch = JobBatch.objects.create(requested_by=requested_by)
    asked = {"requested_by": requested_by, "batch": batch}
    make_failed(things.customer, **asked)
    make_job(things.customer, Status.WAITING, is_joinable=False, **asked)
    # Beside the one that runs already.
    make_job(things.customer, Status.RUNNING, queue=DIRECT, **asked)


def make_schedule(name: str) -> Schedule:
    return Schedule.objects.create(name=name, all_customers=False)


def make_things(name: str, zuora_id: str, schedule: Schedule) -> Things:
    customer = Customer.objects.create(
        name=f"{name} S.p.A.",
        zuora_base_url=DOWN,
        zuora_client_id=f"id of {name}",
        zuora_client_secret=SECRET,
        environment=f"kind of {name}",
    )
    schedule.customers.set([customer])
    workflow = make_workflow(customer, name, zuora_id)
    partner, partner_workflow, rule, link = make_comparison(customer, name, zuora_id)
    batch = JobBatch.objects.create(requested_by=f"asker of {name}")
    asked = {"requested_by": f"asker of {name}", "batch": batch}
    make_job(customer, Status.COMPLETED_WITH_ERRORS, output=STATS, **asked)
    return Things(
        customer,
        partner,
        workflow,
        partner_workflow,
        rule,
        link,
        Task.objects.filter(workflow=workflow).latest("pk"),
        WorkflowExport.objects.get(workflow=workflow),
        make_changes(workflow, name),
        make_failed(customer, error=f"trouble of {name}", **asked),
        # One that others do not join, so that a sync of the customer can still be asked for.
        make_job(customer, Status.WAITING, is_joinable=False, **asked),
        make_job(customer, Status.RUNNING, progress_done=1, progress_total=4, **asked),
        batch,
        schedule,
    )


def make_comparison(
    customer: Customer, name: str, zuora_id: str
) -> tuple[Customer, Workflow, ExpectedDifference, WorkflowLink]:
    """The template of the customer, with a workflow to compare, a rule and a link."""
    partner = Customer.objects.create(
        name=f"{name} template",
        zuora_base_url=DOWN,
        zuora_client_id=f"id of {name}'s template",
        zuora_client_secret=SECRET,
        is_active=False,
    )
    workflow = Workflow.objects.create(
        customer=partner,
        zuora_id=f"{zuora_id}9",
        name=f"Dunning of {name}",
        json_export=make_document(f"{name} template", zuora_id),
    )
    workflow.sync_tasks_from_json()
    Template.objects.create(customer=customer, template=partner)
    pair = CustomerPair.objects.create(first=customer, second=partner)
    texts = {"first_text": f"erp.{name}.example", "second_text": f"erp.{name} template.example"}
    rule = pair.rules.create(kind="text", created_by=f"asker of {name}", **texts)
    link = pair.links.create(first_zuora_id=f"gone of {name}", second_zuora_id="gone")
    return partner, workflow, rule, link


def make_workflow(customer: Customer, name: str, zuora_id: str) -> Workflow:
    yesterday = timezone.now() - timedelta(hours=30)
    workflow = Workflow.objects.create(
        customer=customer,
        zuora_id=zuora_id,
        name=f"Dunning of {name}",
        description=f"text of {name}",
        state=f"state of {name}",
        interval="0 5 * * *",
        scheduled_trigger=True,
        last_synced_at=yesterday,
        updated_on=yesterday,
        draft_version="0.0.3",
        draft_hash="5" * 64,
        export_error=f"export trouble of {name}",
        json_export=make_document(name, zuora_id),
    )
    workflow.sync_tasks_from_json()
    index_again([workflow.pk])
    WorkflowExport.objects.create(
        customer=customer,
        workflow=workflow,
        workflow_zuora_id=zuora_id,
        content_hash="5" * 64,
        document=workflow.json_export,
        first_seen_at=yesterday,
        last_seen_at=yesterday,
    )
    return workflow


def make_changes(workflow: Workflow, name: str) -> WorkflowChange:
    """One of each kind, of which the last is told in words; each by a person of this customer."""
    export = WorkflowExport.objects.get(workflow=workflow)
    exports = {"export_before": export, "export_after": export, "summary": []}
    version = {"version": {"before": "0.0.1", "after": "0.0.2"}}
    fields: dict[str, dict[str, Any]] = {
        Kind.RENAMED: {"name": {"before": f"old {name}", "after": f"Dunning of {name}"}},
        Kind.ACTIVATED: version,
        Kind.DEACTIVATED: version,
        Kind.SETTINGS: {"timezone": {"before": "", "after": "Europe/Rome"}},
        Kind.DRAFT: {"draft_version": {"before": "", "after": "0.0.3"}},
        Kind.EXPORT_FAILED: {"export_error": {"before": "", "after": f"trouble of {name}"}}
        | {"export_error_details": {"before": None, "after": None}},
    }
    changes = [
        WorkflowChange(
            customer=workflow.customer,
            workflow=workflow,
            workflow_zuora_id=workflow.zuora_id,
            seen_at=timezone.now(),
            kind=kind,
            fields=fields.get(kind, {}),
            changed_by=f"person@{name}.example",
            changed_at=timezone.now(),
            **(exports if kind == Kind.CONTENT else {}),
        )
        for kind in Kind
    ]
    return WorkflowChange.objects.bulk_create(changes)[-1]


def make_document(name: str, zuora_id: str) -> dict[str, Any]:
    tasks = [
        {
            "id": int(zuora_id) + place,
            "name": f"Step {place} of {name}",
            "action_type": f"Kind{name}::Type{name}",
            "object": f"Object{name}",
            "call_type": f"call of {name}",
            "parameters": {
                "text": f"parameter of {name}",
                "url": f"https://erp.{name}.example/v1",
                "to": f"billing@{name}.example",
                "mail": f"<p>Mail of {name}</p>\n",
                "body": f"{{{{ GlobalConstants.OF_{name} }}}} {{{{ Data.Account.{name}__c }}}}",
            },
        }
        for place in (1, 2)
    ]
    ids = [task["id"] for task in tasks]
    linkages = [
        {
            "source_workflow_id": int(zuora_id),
            "source_task_id": None,
            "target_task_id": ids[0],
            "linkage_type": "Start",
        },
        {"source_task_id": ids[0], "target_task_id": ids[1], "linkage_type": "Success"},
    ]
    return {
        "workflow": {"id": int(zuora_id), "name": f"Dunning of {name}"},
        "tasks": tasks,
        "linkages": linkages,
    }


def begin_ids_at(first: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(quote_ident(tablename), 'id'), %s)"
            " FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY(%s)",
            [
                first,
                [
                    model._meta.db_table
                    for model in (
                        Customer,
                        Workflow,
                        Task,
                        WorkflowExport,
                        WorkflowChange,
                        JobRun,
                        JobBatch,
                        Schedule,
                        CustomerPair,
                        ExpectedDifference,
                        WorkflowLink,
                    )
                ],
            ],
        )


def secrets_of(user: User) -> list[str]:
    """Whatever must be in no answer, as it is and as it is stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT zuora_client_secret FROM customers UNION SELECT token FROM zuora_tokens"
            " UNION SELECT password FROM auth_user UNION SELECT webhook_url FROM notification_rules"
            " UNION SELECT webhook_secret FROM notification_rules"
        )
        stored = [text for (text,) in cursor.fetchall()]
    assert user.password in stored
    assert encrypt(SECRET)[:6] in "".join(stored)
    return [SECRET, TOKEN, SIGNING_SECRET, *stored]
