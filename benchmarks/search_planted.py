"""Exports in which every reference is known: each is planted, and nothing else names anything."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

# ruff: noqa: RUF001, S608  (realistic texts have quotes and dashes; no SQL is run)

type Planted = tuple[str, str]
"""Kind and name."""
OBJECTS = ("Account", "Invoice", "Subscription", "CreditMemo", "RatePlanCharge", "Payment")
FIELDS = ("Region__c", "Name", "Balance", "Città__c", "AutoPay", "CostCenter__c", "DueDate")
WORDS = (
    "please wait", "già pagato", "e.g. tomorrow", "Order by phone", "v1.2.3", "50.5 %", "n. 12",
    "“quoted”", "dd.MM.yyyy", "a/b", "{ }", "€ 5", "the account name", "Dear customer,", "x < y",
)  # fmt: skip
CSS = "<style>@media print{.a td{margin:0.5em}} b.x:hover{color:#fff}</style>"


@dataclass
class Plants:
    """Makes one task after another; `truth` is what they name."""

    random: Random
    truth: set[Planted] = field(default_factory=set)

    def name(self, *endings: str) -> str:
        return f"n{self.random.randrange(10**6):06d}{self.random.choice(endings or ('',))}"

    def plant(self, kind: str, name: str) -> str:
        self.truth.add((kind, name.lower()))
        return name

    def field(self, owner: str = "", *, with_object: bool = True) -> tuple[str, str]:
        """An object and its field; both planted as one field."""
        owner = owner or self.random.choice(OBJECTS)
        own = self.mixed(
            self.name("__c", "Date", "Città__c")
            if self.random.random() < 0.5
            else self.random.choice(FIELDS)
        )
        self.plant("field", f"{owner}.{own}" if with_object else own)
        return owner, own

    def mixed(self, name: str) -> str:
        return name.swapcase() if self.random.random() < 0.1 else name

    def text(self) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(1, 6)))

    def around(self, inner: str) -> str:
        """The text within others, with either kind of line end, or HTML."""
        end = self.random.choice(("\n", "\r\n"))
        if self.random.random() < 0.3:
            return f"<html>{CSS}{end}<p>{self.text()} {inner} {self.text()}</p></html>"
        return f"{self.text()}{end}{inner}{end}{self.text()}"


type Maker = Callable[[Plants], dict[str, Any]]


def _structure(p: Plants) -> dict[str, Any]:
    owner = p.plant("object", p.random.choice(OBJECTS))
    names = [p.field(owner)[1] for _ in range(3)]
    values = (f"'{p.text()}'", "5", "‘x’")
    clause = " AND ".join(f"{p.field(owner)[1]} = {p.random.choice(values)}" for _ in range(2))
    return {
        "action_type": p.random.choice(("Query", "Export")),
        "object": owner,
        "parameters": {"fields": {owner: dict.fromkeys(names, "true")}, "where_clause": clause},
    }


def _sql(p: Plants) -> dict[str, Any]:
    first, second = p.random.sample(OBJECTS, 2)
    p.plant("object", first)
    p.plant("object", second)
    one, two, three = p.field(first)[1], p.field(second)[1], p.field(second)[1]
    end = p.random.choice(("\n", "\r\n", " "))
    query = end.join(
        (
            f"SELECT a.{one}, SUM(b.{two}) AS total",
            f"FROM {first} a JOIN {second} b ON b.{three} = a.{one}",
            f"WHERE a.{one} <> 'x.y' GROUP BY 1 ORDER BY total",
        )
    )
    if p.random.random() < 0.3:
        query = f"WITH w AS ({query}) SELECT w.total FROM w"
    return {"action_type": "Data::Link", "parameters": {"query": query}}


def _liquid(p: Plants) -> dict[str, Any]:
    owner, name = p.field()
    inner = p.random.choice(
        (
            f"{{{{ Data.{owner}.{name} | upcase }}}}",
            f"{{% if Data.{owner}.{name} == “x” %}}y{{% endif %}}",
            f"{{{{ Data['{owner}'].{name} }}}}",
            f"{{% assign a = Data.{owner} | first %}}{{{{ a.{name} }}}}",
            f"{{%- for row in Data.{owner} -%}}{{{{ row.{name} }}}}{{%- endfor -%}}",
            f"{{% case Data.{owner}[0].{name} %}}{{% when 'a' %}}b{{% endcase %}}",
        )
    )
    if "a = Data" in inner or "in Data" in inner:
        p.plant("object", owner)
    return {"action_type": "Logic::Liquid", "parameters": {"code": p.around(inner)}}


def _broken_liquid(p: Plants) -> dict[str, Any]:
    owner, name = p.field()
    inner = p.random.choice(
        (
            f"{{{{ Data.{owner}.{name} | upcase",
            f"{{% if Data.{owner}.{name} == 'x %}}",
            f"{{% for %}}{{{{ Data.{owner}.{name} }}}}",
            f"{{% odd Data.{owner}.{name} %}}",
        )
    )
    return {"action_type": "Email", "parameters": {"email": {"template": p.around(inner)}}}


def _code(p: Plants) -> dict[str, Any]:
    owner, name = p.field()
    inner = p.random.choice(
        (
            f"const rows = payload.Data.{owner}.{name}.filter(row => row.id);",
            f"if (Data.{owner}.{name} > 5) {{ groups.push(x) }}",
            f"$.{owner}.{name}",
            f"$.{owner}[{name} > 5]",
        )
    )
    if f"{owner}[" in inner:
        p.plant("object", owner)
    return {
        "action_type": "Script::JavaScript",
        "parameters": {"code": f"// {p.text()}\r\n{inner}"},
    }


def _bare_field(p: Plants) -> dict[str, Any]:
    name = p.plant("field", p.mixed(p.name("__c")))
    place = p.random.choice(("name", "notes", "key"))
    if place == "key":
        return {"action_type": "Logic::CSVTranslator", "parameters": {"mapping": {name: "x"}}}
    return {"action_type": "Delay", place: p.around(name)}


def _callout(p: Plants) -> dict[str, Any]:
    host = p.plant("host", p.name(".erp.example.com", ".example.it"))
    url = p.plant("url", f"https://{host}/api/{p.name()}")
    constant, credential = (
        p.plant("constant", p.name("_HOST")),
        p.plant("credential", f"Custom.{p.name()}"),
    )
    header = {"key": "X-Api-Key", "value": f"{{{{ Credentials.{credential} }}}}"}
    body = p.around(f"{{{{ GlobalConstants.{constant} }}}}")
    return {
        "action_type": "Callout",
        "parameters": {"url": f"{url}?x={p.name()}", "headers": [header], "raw_body": body},
    }


def _host_in_text(p: Plants) -> dict[str, Any]:
    host = p.plant("host", p.name(".internal.example.com", ".example.de"))
    return {"action_type": "Delay", "notes": p.around(host)}


def _files(p: Plants) -> dict[str, Any]:
    host = p.plant("host", p.name("", ".example.com"))
    p.plant("file", f"{(stem := p.name('Report'))}__*.csv.zip")
    return {
        "action_type": p.random.choice(("Upload::SFTP", "Upload::FTP", "Download::S3")),
        "parameters": {
            p.random.choice(("host", "hostname", "bucket")): host,
            "files": {"0": f"{stem}__{p.random.randrange(999)}.csv.zip"},
        },
    }


def _email(p: Plants) -> dict[str, Any]:
    addresses = [
        p.plant("email", p.name("@example.com", "@posta.example.it", ".città@example.de"))
        for _ in range(3)
    ]
    email = {
        "to": addresses[0],
        "cc": f"“Ops” <{addresses[1]}>",
        "template": p.around(addresses[2]),
    }
    return {"action_type": "Email", "parameters": {"email": email}}


def _named(p: Plants) -> dict[str, Any]:
    kind, action_type, key = p.random.choice(
        (
            ("workflow", "Execute::WorkflowTask", "workflow_id"),
            ("workflow", "Execute::WorkflowTask", "workflow_name"),
            ("report", "Reporting::RunReport", "report_name"),
            ("lambda", "Logic::Lambda", "LambdaFunction"),
            ("event", "Mediation::SendEvents", "event_name"),
        )
    )
    return {"action_type": action_type, "parameters": {key: p.plant(kind, p.name("", " – città"))}}


def _secret(p: Plants) -> dict[str, Any]:
    """The name of a secret is its path, here within any of the tasks."""
    key, path = p.random.choice(
        (("password", "password"), ("api_key", "api_key"), ("token", "token"))
    )
    p.truth.add(("secret", f"parameters.{path}"))
    return {"action_type": "Upload::SFTP", "parameters": {key: f"{p.name()}@secret.example.com"}}


MAKERS: tuple[Maker, ...] = (
    _structure, _sql, _liquid, _broken_liquid, _code, _bare_field, _callout, _host_in_text, _files,
    _email, _named, _secret,
)  # fmt: skip


def planted(seed: int, tasks: int = 24) -> tuple[dict[str, Any], dict[str | None, set[Planted]]]:
    """An export, and what each of its tasks names; None for the workflow itself."""
    random = Random(seed)
    made, truth = [], dict[str | None, set[Planted]]()
    for number in range(tasks):
        plants = Plants(random)
        task = {"id": number, "name": plants.text(), **MAKERS[number % len(MAKERS)](plants)}
        task["css"] = {"top": "10px", "left": "5px"}
        made.append(task)
        truth[str(number)] = plants.truth
    plants = Plants(random)
    workflow = {
        "id": 1,
        "name": plants.text(),
        "parameters": {"event_triggers": [plants.plant("event", plants.name("Posted"))]},
        "notifications": {"emails": [plants.plant("email", plants.name("@example.com"))]},
    }
    truth[None] = plants.truth
    return {"workflow": workflow, "tasks": made, "linkages": []}, truth
