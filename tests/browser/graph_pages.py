"""Pages with nothing but a graph, under a content security policy that allows nothing inline."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import unfold
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

import workflow_mirror.web.workflows
from workflow_mirror.web.tasks.parameters import task_context
from workflow_mirror.web.workflows.graph import graph_picture
from workflow_mirror.workflows.extraction import extract_tasks
from workflow_mirror.workflows.models import Task, Workflow

STATIC = Path(workflow_mirror.web.workflows.__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " worker-src 'self'; font-src 'self'; img-src 'self' data:; base-uri 'none'"
)
FONTS = Path(unfold.__file__).parent / "static" / "unfold" / "fonts" / "inter"
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
}
PAGE_CSS = """
body { font-family: Inter, sans-serif; margin: 1rem; background: #fff; color: #111827 }
.dark body { background: #030712; color: #f3f4f6 }
"""


@dataclass
class GraphPages:
    """`url` shows the document; `details_status` is what asking for a task's details gives."""

    document: Any = None
    name: str = "Sollecito <b>à</b>"
    url: str = ""
    details_status: int = HTTPStatus.OK
    asked: list[str] = field(default_factory=list)

    def page(self) -> str:
        workflow = Workflow(pk=5, name=self.name, json_export=self.document)
        picture = graph_picture(workflow, "/details")
        head = render_to_string("web/graph/head.html")
        body = render_to_string("web/graph/graph.html", {"picture": picture})
        style = "".join(
            f'<link rel="stylesheet" href="{url}">' for url in ("/fonts/styles.css", "/page.css")
        )
        meta = '<meta name="viewport" content="width=device-width"><title>Graph</title>'
        return (
            f'<!doctype html><html lang="en"><head>{meta}{style}{head}</head>'
            f"<body><main><h1>Graph</h1><h2>Dunning</h2>{body}</main></body></html>"
        )

    def details(self, task_id: str) -> str:
        self.asked.append(task_id)
        tasks = zip(extract_tasks(self.document) or (), self.document["tasks"], strict=True)
        [(found, entry)] = [pair for pair in tasks if pair[0].zuora_id == task_id]
        task = Task(zuora_id=task_id, name=found.name, action_type=found.action_type)
        context = task_context(task, entry.get("parameters"))
        return render_to_string("web/graph/task.html", context)


def task(task_id: Any, name: str, action_type: str = "Query", **more: Any) -> dict[str, Any]:
    return {"id": task_id, "name": name, "action_type": action_type, "parameters": {}, **more}


def at(left: int, top: int) -> dict[str, str]:
    return {"left": f"{left}px", "top": f"{top}px"}


def link(source: int | None, target: int, label: str) -> dict[str, Any]:
    workflow = 9 if source is None else None
    return {
        "source_workflow_id": workflow,
        "source_task_id": source,
        "target_task_id": target,
        "linkage_type": label,
    }


def show(page: Page, pages: GraphPages, document: Any, timeout: float = 30) -> None:
    """Returns once the graph is drawn, for which it waits `timeout` seconds."""
    pages.document = document
    page.goto(pages.url)
    page.locator("[data-drawn]").wait_for(state="attached", timeout=timeout * 1000)


def status(page: Page) -> Any:
    return expect(page.locator("[data-graph-status]"))


def svg_text(page: Page) -> str:
    """The picture as data: what the SVG file shows is what is on the canvas."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as SVG").click()
    return Path(download.value.path()).read_text()


@contextmanager
def serve_graph() -> Iterator[GraphPages]:
    pages = GraphPages()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(pages))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    pages.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield pages
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(pages: GraphPages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/":
                self._answer(pages.page(), "text/html; charset=utf-8")
            elif url.path == "/details":
                [task_id] = parse_qs(url.query)["task"]
                self._answer(pages.details(task_id), "text/html", pages.details_status)
            elif url.path == "/page.css":
                self._answer(PAGE_CSS, "text/css")
            elif url.path.startswith("/static-"):  # with its version
                self._answer_file(STATIC / url.path.split("/", 2)[2])
            elif url.path.startswith("/fonts/"):
                self._answer_file(FONTS / url.path.removeprefix("/fonts/"))
            else:
                self._answer("", "image/x-icon")

        def _answer_file(self, file: Path) -> None:
            self._answer(file.read_bytes(), TYPES[file.suffix])

        def _answer(
            self, body: str | bytes, content_type: str, status: int = HTTPStatus.OK
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Security-Policy", POLICY)
            self.end_headers()
            self.wfile.write(body.encode() if isinstance(body, str) else body)

        def log_message(self, *_: object) -> None:
            """The console of a test run is no access log."""

    return Handler
