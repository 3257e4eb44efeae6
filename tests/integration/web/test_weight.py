"""What goes over the wire: compressed texts, and static files that browsers keep for a year."""

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.templatetags.static import static
from django.utils import timezone

from workflow_mirror.access.groups import VIEWERS
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.kit.paginator import ROWS_ON_A_PAGE
from workflow_mirror.workflows.models import Workflow

from .conftest import ClientOf, make_customer
from .served import Answer, Site, Start, servers

FOREVER = "max-age=31536000, public, immutable"
LIST = "/admin/workflows/workflow/"


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    with servers(tmp_path) as start:
        yield started(start)


def started(start: Start) -> Site:
    return start()


@pytest.fixture
def session(make_user: Callable[..., User], client_of: ClientOf) -> str:
    return f"sessionid={client_of(make_user('vera', VIEWERS)).cookies['sessionid'].value}"


def compressed(site: Site, path: str, **headers: str) -> Answer:
    return site.get(path, **{"Accept-Encoding": "gzip, deflate, br", **headers})


def fill(customer: Customer) -> None:
    """More rows than a page shows; each with words of its own."""
    Workflow.objects.bulk_create(
        Workflow(
            customer=customer,
            zuora_id=str(number * 7919),
            name=f"Dunning of region {number * 104729 % 9973}",
            description=f"Reminds of invoices of {number * 611953 % 99991}",
            state="Active" if number % 3 else "Inactive",
            version=f"0.0.{number % 17}",
            interval=f"{number % 60} {number % 24} * * *",
            timezone="Europe/Rome",
            scheduled_trigger=True,
            updated_on=timezone.now(),
            last_synced_at=timezone.now(),
        )
        for number in range(1, 300)
    )


def test_a_list_page_is_less_than_40_kb(site: Site, session: str) -> None:
    for number in range(100):
        customer = make_customer(f"Customer {number * 7919} S.p.A.")
    fill(customer)
    answer = compressed(site, LIST, Cookie=session)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    page = gzip.decompress(answer.body).decode()
    assert page.count('name="_selected_action"') == ROWS_ON_A_PAGE
    assert len(answer.body) < 40_000


def test_every_static_file_of_a_page_is_kept_for_a_year(site: Site) -> None:
    page = site.get().body.decode()
    addresses = set(re.findall(r'(?:href|src)="(/static[^"]+)"', page))
    assert len(addresses) > 10
    for address in addresses:
        answer = site.get(address)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, FOREVER), address


def test_what_a_static_file_imports_is_kept_as_long(site: Site) -> None:
    """By URLs relative to its own."""
    main = site.get(static("web/graph/main.js"))
    [name, *_] = re.findall(r'from "\./(\w+\.js)"', main.body.decode())
    assert site.get(static(f"web/graph/{name}")).headers["Cache-Control"] == FOREVER


def test_a_page_from_before_an_update_gets_todays_files_for_a_minute(site: Site) -> None:
    today = static("web/js/web.js")
    before = re.sub(r"-[0-9a-f]{12}/", "-0123456789ab/", today)
    assert before != today
    for address in (before, "/static/web/js/web.js"):
        answer = site.get(address)
        assert answer.body == site.get(today).body
        assert answer.headers["Cache-Control"] == "max-age=60, public"
    assert site.get(static("web/js/nowhere.js")).status == 404


def test_texts_are_compressed_for_who_can_read_them(site: Site, session: str) -> None:
    for address in (static("unfold/css/styles.css"), "/admin/", "/nowhere/"):
        plain = site.get(address, Cookie=session)
        packed = compressed(site, address, Cookie=session)
        assert "Content-Encoding" not in plain.headers, address
        assert packed.headers["Content-Encoding"] == "gzip", address
        assert len(packed.body) < len(plain.body), address
        assert plain.headers["Vary"].count("Accept-Encoding") == 1
    css = static("unfold/css/styles.css")
    assert gzip.decompress(compressed(site, css).body) == site.get(css).body


def test_parts_of_files_downloads_and_fonts_are_sent_as_they_are(site: Site, session: str) -> None:
    make_customer("Rossi")
    part = compressed(site, static("unfold/css/styles.css"), Range="bytes=0-999")
    assert (part.status, len(part.body)) == (206, 1000)
    fonts = static("web/fonts/Inter-Regular.woff2")
    answers = [compressed(site, f"{LIST}{one}/", Cookie=session) for one in ("csv", "xlsx", "zip")]
    for answer in (part, compressed(site, fonts), *answers):
        assert "Content-Encoding" not in answer.headers
    for answer in answers[:2]:
        assert int(answer.headers["Content-Length"]) == len(answer.body)


def test_equal_pages_differ_in_length(site: Site) -> None:
    """Padding: from the length of an answer nobody can tell what a guess has in common with it."""
    lengths = {len(compressed(site, "/admin/login/").body) for _ in range(20)}
    assert max(lengths) - min(lengths) > 20
