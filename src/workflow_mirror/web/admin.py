"""The admin site with all its pages: each of these modules registers its own at it."""

from workflow_mirror.web.audit import admin as audit
from workflow_mirror.web.changes import admin as changes
from workflow_mirror.web.customers import admin as customers
from workflow_mirror.web.jobs import admin as jobs
from workflow_mirror.web.jobs import batches, failed_jobs, waiting_jobs, workers
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.notifications import admin as notifications
from workflow_mirror.web.notifications import deliveries
from workflow_mirror.web.people import admin as people
from workflow_mirror.web.schedules import admin as schedules
from workflow_mirror.web.tasks import admin as tasks
from workflow_mirror.web.workflows import admin as workflows

PAGES = (
    customers,
    workflows,
    tasks,
    changes,
    jobs,
    waiting_jobs,
    failed_jobs,
    batches,
    schedules,
    workers,
    notifications,
    deliveries,
    people,
    audit,
)

__all__ = ("PAGES", "site")
