"""Realistic parameters for each type of task (API.md section 7).

Booleans and numbers are strings, as in Zuora's data.
"""
# ruff: noqa: RUF001  (realistic texts have dashes and accents)

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from workflow_mirror.fake_zuora import words

BIG_EMAIL_BYTES = 30_000


@dataclass(frozen=True, slots=True)
class TaskContext:
    """The context for generating the parameters of a task."""

    random: Random
    object_name: str
    parent_id: int | None
    cases: int = 0
    big_email: bool = False

    @property
    def number(self) -> int:
        return self.random.randrange(5, 950)

    def fill(self, text: str) -> str:
        return text.format(number=self.number, object=self.object_name)


Maker = Callable[[TaskContext], dict[str, Any]]


def _fields(ctx: TaskContext) -> dict[str, dict[str, str]]:
    names = ["Id", "AccountId", "Status", "Amount", "Balance", "CreatedDate", "UpdatedDate"]
    names += ["Currency__c", "CostCenter__c", "Città__c"]
    chosen = sorted(ctx.random.sample(names, k=ctx.random.randint(4, 9)))
    return {ctx.object_name: dict.fromkeys(chosen, "true")}


def _query(ctx: TaskContext) -> dict[str, Any]:
    return {
        "fields": _fields(ctx),
        "where_clause": f"Id = '{{{{Data.{ctx.object_name}.Id}}}}' and Balance > {ctx.number}",
        "placement": "Overwrite",
        "batch_size": "2000",
        "zero_query_proceed": "true",
        "strict_variables": "true",
    }


def _export(ctx: TaskContext) -> dict[str, Any]:
    return {
        "fields": _fields(ctx),
        "where_clause": f"{ctx.object_name}.Status = 'Posted'\r\nAND {ctx.object_name}.Balance > 0",
        "zip": "true",
        "encrypt": "false",
        "delay": "0",
        "zero_result_stop": "true",
        "strict_variables": "true",
    }


def _data_link(ctx: TaskContext) -> dict[str, Any]:
    return {"query": ctx.fill(words.SQL), "file_format": "CSV", "zip": "true", "encrypt": "false"}


def _iterate(ctx: TaskContext) -> dict[str, Any]:
    return {
        "iteration_type": "Default",
        "iteration_field": "",
        "chunk_size": str(ctx.random.choice((1, 10, 50, 200))),
        "file_type": "CSV",
        "skip_headers": "false",
        "strict_variables": "true",
    }


def _if(ctx: TaskContext) -> dict[str, Any]:
    return {"if_clause": ctx.fill(words.IF_CLAUSE), "strict_variables": "true"}


def _case(ctx: TaskContext) -> dict[str, Any]:
    countries = ("Italy", "Germany", "United States", "Österreich")
    return {
        "case_clause": "{{ Data.Account.BillToCountry }}",
        "case_condition": {f"Case_{n}": countries[n - 1] for n in range(1, ctx.cases + 1)},
        "disable_regex": "true",
        "strict_variables": "true",
    }


def _callout(ctx: TaskContext) -> dict[str, Any]:
    return {
        "url": f"https://erp.example.com/api/v2/{ctx.object_name.lower()}s/{ctx.number}",
        "datas": [{"key": "", "value": ""}],
        "method": ctx.random.choice(("POST", "POST", "PUT", "GET")),
        "headers": [
            {"key": "Content-Type", "value": "application/json"},
            {"key": "X-Api-Key", "value": "{{ Credentials.Custom.erp_key }}"},
        ],
        "raw_body": ctx.fill(words.LIQUID_PAYLOAD),
        "body_type": "raw",
        "validation": {
            "zuora_call": "false",
            "status_codes": ["", "200", "201"],
            "payload_location": ctx.object_name,
            "replace": "false",
        },
        "retry_rules": {"retry_count": "3", "retry_window": "30", "current_retry_count": "0"},
        "authorization": {"type": "basic_auth", "username": "zuora", "password": "made-up-secret"},
        "strict_variables": "true",
        "validate_response": "true",
        "validation_scheme": "",
        "include_response_code": "true",
    }


def _template(ctx: TaskContext) -> str:
    pieces = ["<html><body style=\"font-family:'Helvetica Neue',Arial\">\r\n"]
    wanted = BIG_EMAIL_BYTES if ctx.big_email else ctx.random.randrange(900, 2600)
    size = 0
    while size < wanted:
        piece = ctx.random.choice(words.PARAGRAPHS).format(number=ctx.number)
        pieces.append(piece)
        size += len(piece.encode())
    return "".join([*pieces, "</body></html>"])


def _email(ctx: TaskContext) -> dict[str, Any]:
    return {
        "email": {
            "to": "{{ Data.BillToContact.WorkEmail }}",
            "cc": "",
            "bcc": ctx.random.choice(words.EMAILS),
            "from": ctx.random.choice(words.EMAILS),
            "reply_to": "",
            "name": "Billing – Amministrazione",
            "subject": "Fattura {{ Data.Invoice.InvoiceNumber }} – promemoria",
            "template": _template(ctx),
            "attachments": "true",
            "preview_only": "false",
            "disable_editor": "false",
        },
        "files": {"0": f"{ctx.object_name}__{ctx.parent_id}.pdf"} if ctx.parent_id else {},
        "strict_variables": "true",
    }


def _write_fields(ctx: TaskContext) -> dict[str, Any]:
    return {
        "fields": {
            ctx.object_name: {
                "Status__c": "Processed",
                "Note__c": f"Sollecito n. {ctx.number} – già inviato",
                "RunDate__c": "{{ 'now' | date: '%Y-%m-%d' }}",
                "Owner__c": "{{ Data.Account.CrmId }}",
            }
        },
        "disable_validation": "false",
        "strict_variables": "true",
    }


def _amendment(ctx: TaskContext) -> dict[str, Any]:
    return {
        "fields": {
            "Amendment": {
                "Name": f"Auto {ctx.number}",
                "ContractEffectiveDate": "{{ 'now' | date: '%Y-%m-%d' }}",
                "Status": "Completed",
            }
        },
        "options": {"Amendment": {"GenerateInvoice": "true", "ProcessPayments": "false"}},
        "strict_variables": "true",
    }


def _write_off(ctx: TaskContext) -> dict[str, Any]:
    return {
        "fields": {"write_off": {"ReasonCode": "Write-off", "Comment": f"< {ctx.number} cents"}}
    }


def _delay(ctx: TaskContext) -> dict[str, Any]:
    return {"delay": {"value": str(ctx.number), "unit": "minutes"}}


def _approval(ctx: TaskContext) -> dict[str, Any]:
    return {
        "delivery_method": "email",
        "email_approver_emails": ctx.random.choice(words.EMAILS),
        "senderEmail": "workflow@example.com",
        "subjectEmail": "Approval needed: {{ Data.Account.Name }}",
        "emailBody": ctx.random.choice(words.PARAGRAPHS).format(number=ctx.number),
        "approvalNote": "",
    }


def _json_transform(ctx: TaskContext) -> dict[str, Any]:
    return {
        "processor": "JSONata",
        "template": f'$.{ctx.object_name}[Balance > {ctx.number}].{{"id": Id, "due": DueDate}}',
        "placement": "Data.Mapped",
        "version": "1.8",
    }


def _csv(ctx: TaskContext) -> dict[str, Any]:
    return {
        "action": "Filter",
        "Column": f"{ctx.object_name}.Status",
        "Value": "Posted",
        "OutputFormat": "csv",
        "files": {"0": f"{ctx.object_name}__{ctx.parent_id}.csv.zip"},
    }


def _document(ctx: TaskContext) -> dict[str, Any]:
    return {"template": _template(ctx), "page_size": "A4", "strict_variables": "true"}


def _sftp(ctx: TaskContext) -> dict[str, Any]:
    return {
        "host": "sftp.example.com",
        "port": "22",
        "directory": f"/in/{ctx.object_name.lower()}/",
        "username": "zuora",
        "files": {"0": f"{ctx.object_name}__{ctx.parent_id}.csv.zip"},
    }


def _run(ctx: TaskContext) -> dict[str, Any]:
    return {
        "fields": {
            "run": {"Batch": f"Batch{ctx.number % 50}", "TargetDate": "{{ 'now' | date: '%F' }}"}
        },
        "auto_post": "false",
    }


def _liquid(ctx: TaskContext) -> dict[str, Any]:
    return {"code": ctx.fill(words.LIQUID_PAYLOAD), "placement": "Data.Computed"}


def _javascript(ctx: TaskContext) -> dict[str, Any]:
    return {
        "code": ctx.fill(words.JAVASCRIPT),
        "placement": "Data.Grouped",
        "timeout": "60",
        "replace_payload": "false",
    }


MAKERS: Mapping[str, Maker] = {
    "Query": _query,
    "Export": _export,
    "Data::Link": _data_link,
    "Iterate": _iterate,
    "If": _if,
    "Logic::Case": _case,
    "Callout": _callout,
    "Email": _email,
    "Create": _write_fields,
    "Update": _write_fields,
    "Delay": _delay,
    "Approval": _approval,
    "Logic::JSONTransform": _json_transform,
    "Logic::CSVTranslator": _csv,
    "File::CustomPDF::CustomDocument": _document,
    "Upload::SFTP": _sftp,
    "Billing::BillRun": _run,
    "Payment::PaymentRun": _run,
    "Suspend": _amendment,
    "WriteOff": _write_off,
    "Logic::Liquid": _liquid,
    "Script::JavaScript": _javascript,
}
