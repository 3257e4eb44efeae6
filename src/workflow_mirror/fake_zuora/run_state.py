"""The run state that Zuora writes into an export while a workflow runs (API.md section 14)."""

from datetime import datetime, timedelta
from typing import Any

JsonObject = dict[str, Any]
FIRST_RUN = datetime(2026, 1, 1, 5, 0, 0)  # noqa: DTZ001  (written as UTC below)
FAILS_EVERY = 3


def with_run_state(document: JsonObject, run: int) -> JsonObject:
    """The export after run number `run`, counted from 1; the state differs after every run."""
    started = FIRST_RUN + timedelta(hours=run)
    tasks = [_after_run(task, run, place) for place, task in enumerate(document["tasks"])]
    failed = sum(task["status"] == "Error" for task in tasks)
    workflow = document["workflow"] | {
        "started_at": f"{started} UTC",
        "finished_at": f"{started + timedelta(minutes=7)} UTC",
        "original_workflow_id": document["workflow"]["id"] - 1,
        "data": {"Workflow": {"WorkflowStartTime": started.isoformat()}},
        "task_summary": {"total": len(tasks), "finished": len(tasks) - failed, "failed": failed},
        "status": "Finished",
    }
    return document | {"workflow": workflow, "tasks": tasks}


def _after_run(task: JsonObject, run: int, place: int) -> JsonObject:
    has_failed = (run + place) % FAILS_EVERY == 0
    return task | {
        "status": "Error" if has_failed else "Finished",
        "error": "Timeout" if has_failed else None,
        "error_class": "Net::ReadTimeout" if has_failed else None,
        "error_details": f"in run {run}" if has_failed else None,
        "process_id": f"{run:04x}{place:04x}",
        "data_size": 1000 * run + place,
        "restart_at": f"{FIRST_RUN + timedelta(hours=run, minutes=9)} UTC" if has_failed else None,
        "original_task_id": task["id"] - 1,
        "original_workflow_id": run,
        "iterate_row_reference": f"row {run}",
        "object_batched_reference": f"batch {run}",
    }
