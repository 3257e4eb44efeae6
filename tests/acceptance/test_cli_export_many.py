"""zwm workflows export without an ID: many exports, into a directory or a ZIP."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import Mirror
from workflow_mirror.fake_zuora import FakeZuora, Tenant

type AddCustomer = Callable[..., Tenant]


@pytest.fixture
def tenant(mirror: Mirror, customer: AddCustomer) -> Tenant:
    tenant = customer(0)
    for name in ("Dunning", "Invoices"):
        tenant.add_workflow(name, tasks=1)
    mirror.sync(tenant.name)
    return tenant


def exporting(mirror: Mirror, tenant: Tenant, output: Path, *more: str, code: int = 0) -> str:
    """The last line on standard error; nothing is on standard output."""
    command = ["workflows", "export", "--customer", tenant.name, "--output", str(output), *more]
    done = mirror.run(*command, code=code)
    assert done.out == ""
    return done.complaint


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def described(manifest: bytes, tenant: Tenant) -> dict[str, Any]:
    """The exports by path; each is that of the tenant."""
    told = json.loads(manifest)
    assert {one["customer"] for one in told["files"]} == {tenant.name}
    return {one["path"]: one for one in told["files"]}


def test_a_directory_holds_the_exports_of_a_customer_and_a_manifest(
    mirror: Mirror, tenant: Tenant, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "exports"
    assert exporting(mirror, tenant, folder) == f"Written to {folder}: 2 exports"
    files = files_in(folder)
    told = described(files.pop("manifest.json"), tenant)
    assert set(files) == set(told)
    for path, one in told.items():
        assert json.loads(files[path]) == tenant.export(int(one["zuora_id"]))
    assert sorted(one["name"] for one in told.values()) == ["Dunning", "Invoices"]


def test_files_are_not_replaced_without_force_unless_they_are_the_same(
    mirror: Mirror, tenant: Tenant, tmp_path: Path
) -> None:
    exporting(mirror, tenant, tmp_path)
    before = files_in(tmp_path)
    again = f"Written to {tmp_path}: 0 exports; 2 unchanged"
    assert exporting(mirror, tenant, tmp_path) == again

    edited = tmp_path / max(before.keys() - {"manifest.json"})
    edited.write_text("mine")
    refused = f"zwm: {edited} exists with other content; use --force to replace it"
    assert exporting(mirror, tenant, tmp_path, code=1) == refused
    assert edited.read_text() == "mine"
    exporting(mirror, tenant, tmp_path, "--force")
    assert files_in(tmp_path).keys() == before.keys()
    assert edited.read_bytes() == before[str(edited.relative_to(tmp_path))]

    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"name": "a browser extension"}')
    refused = f"zwm: {manifest} is another program's; use --force to replace it"
    assert exporting(mirror, tenant, tmp_path, code=1) == refused
    exporting(mirror, tenant, tmp_path, "--force")
    assert described(manifest.read_bytes(), tenant).keys() == before.keys() - {"manifest.json"}


def test_a_zip_holds_the_same_and_replaces_a_file_only_with_force(
    mirror: Mirror, tenant: Tenant, tmp_path: Path
) -> None:
    folder, file = tmp_path / "folder", tmp_path / "exports.ZIP"
    exporting(mirror, tenant, folder)
    file.write_text("mine")
    refused = f"zwm: {file} exists; use --force to replace it"
    assert exporting(mirror, tenant, file, code=1) == refused
    assert file.read_text() == "mine"
    assert exporting(mirror, tenant, file, "--force") == f"Written to {file}: 2 exports"
    with zipfile.ZipFile(file) as book:
        packed = {name: book.read(name) for name in book.namelist()}
    assert described(packed.pop("manifest.json"), tenant)
    assert packed == {k: v for k, v in files_in(folder).items() if k != "manifest.json"}
    assert sorted(tmp_path.iterdir()) == [file, folder]


def test_workflows_without_an_export_are_exit_code_3(
    mirror: Mirror, zuora: FakeZuora, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.add_workflow("Never", tasks=1)
    zuora.fail("not_found", on="export", tenant=tenant, times=None)
    mirror.sync(tenant.name, code=3)
    for output in (tmp_path / "folder", tmp_path / "exports.zip"):
        said = exporting(mirror, tenant, output, code=3)
        assert said == (
            f"Written to {output}: 2 exports; 1 workflow or draft has no export, see manifest.json"
        )
    [missing] = json.loads((tmp_path / "folder" / "manifest.json").read_bytes())["missing"]
    assert missing["name"] == "Never"
    assert "404" in missing["reason"]


def test_without_a_customer_all_workflows_are_exported(
    mirror: Mirror, tenant: Tenant, customer: AddCustomer, tmp_path: Path
) -> None:
    other = customer(1)
    mirror.sync(other.name)
    done = mirror.start("workflows", "export", "--output", str(tmp_path))
    done.communicate()
    assert done.returncode in {0, 3}  # other tests leave workflows without an export
    told = json.loads((tmp_path / "manifest.json").read_bytes())["files"]
    assert {tenant.name, other.name} <= {one["customer"] for one in told}


def test_a_version_is_exported_by_its_name(mirror: Mirror, tenant: Tenant) -> None:
    [flow, _] = mirror.json("workflows", "list", "--customer", tenant.name)["workflows"]
    last = mirror.run("workflows", "export", str(flow["id"])).json
    for name in (f"{flow['id']}@{flow['version']}", f"{tenant.name}:{flow['zuora_id']}"):
        assert mirror.run("workflows", "export", name).json == last
    unknown = mirror.run("workflows", "export", f"{flow['id']}@9.9.9", code=1).complaint
    assert f"Workflow {flow['id']} has no version 9.9.9" in unknown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name a workflow, or with --output a directory or a ZIP for many"),
        (["dunning"], "'dunning' is not a workflow; use ID or ID@VERSION"),
        (["17@"], "'17@' is not a workflow; use ID or ID@VERSION"),
        (["17", "--force"], "--customer and --force are for many workflows: leave out the ID"),
        (["17", "--output", "/"], "The file '/' is a directory"),
        (
            ["17", "--output", "17.ZIP"],
            "A ZIP is for many workflows: leave out the ID, or name a JSON file",
        ),
        (["--output", "-"], "Many exports need a directory or a ZIP, not standard output"),
    ],
)
def test_wrong_use_is_exit_code_2(mirror: Mirror, arguments: list[str], said: str) -> None:
    done = mirror.run("workflows", "export", *arguments, code=2)
    assert done.complaint == f"zwm: {said}"
    assert done.out == ""


def test_an_output_that_cannot_be_written_is_told(
    mirror: Mirror, tenant: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    said = exporting(mirror, tenant, file, code=1)
    assert said.startswith(f"zwm: {file}/")
    assert said.endswith("cannot be written: Not a directory")
    assert file.read_text() == "mine"
