"""Which names a value of a key finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_mirror.references.query import KeyValue, customers_named, names_of, parse

MATCHES = [
    ("field:Account.Region__c", "Account.Region__c", True),
    ("field:account.region__C", "Account.Region__c", True),
    ("field:Account.Region__c", "Subscription.Account.Region__c", True),
    ("field:Account.Region__c", "Region__c", True),  # of an unknown object
    ("field:Account.Region__c", "Contact.Region__c", False),
    ("field:Account.Region__c", "Account.RegionXXc", False),  # LIKE has _ for any character
    ("field:Account.Name", "Name", False),
    ("field:Region__c", "Account.Region__c", True),
    ("field:Region__c", "Account.SubRegion__c", False),
    ("field:Account.*", "Account.Region__c", True),
    ("field:Account.*", "BillingAccount.Region__c", False),
    ("object:Account", "account", True),
    ("object:Account", "AccountingCode", False),
    ("host:example.com", "example.com", True),
    ("host:example.com", "erp.Example.com", True),
    ("host:example.com", "badexample.com", False),
    ("host:https://user@erp.example.com:8443/a?b", "erp.example.com", True),
    ("host:erp.example.com:8443", "erp.example.com", True),
    ("host:erp.example.com.", "erp.example.com", True),
    ("host:erp*.example.com", "erp2.example.com", True),
    ("url:/v1/invoices", "https://erp.example.com/V1/invoices/7", True),
    ("url:/v1/invoices", "https://erp.example.com/v1/invoice", False),
    ("url:100%_a", "100bba", False),
    ("url:/v1/*/items", "https://erp.example.com/v1/4711/items?x=1", True),
    ("url:/v1/*/items", "https://erp.example.com/v2/4711/items", False),
    ("email:billing@example.com", "Billing@Example.com", True),
    ("email:billing@example.com", "ebilling@example.com", False),
    ("email:@example.com", "billing@example.com", True),
    ("email:@example.com", "billing@old.example.com", False),
    ("email:billing@", "billing@example.com", True),
    ("email:example.com", "billing@example.com", True),
    ("email:billing", "billing@example.com", True),
    ("email:bill", "billing@example.com", False),
    ("workflow:4711", "4711", True),
    ("workflow:471", "4711", False),
    ('workflow:"Monthly Dunning"', "monthly dunning", True),
    ("constant:ERP_HOST", "erp_host", True),
    ("constant:ERP_*", "ERP_HOST", True),
    ("file:Invoice__*.csv", "Invoice__12.csv", True),
    ("file:Invoice__*.csv", "Invoice__*.csv", True),
    ("file:Invoice__*.csv", "InvoiceXX12.csv", False),
    (r'file:"C:\temp\*"', r"c:\temp\new.csv", True),
    ("type:callout", "Callout", True),
    ("type:Callout", "AsynchronousCallout", False),
    ("type:Upload", "Upload::SFTP", True),
    ("type:WorkflowTask", "Execute::WorkflowTask", True),
    ("type:Execute::WorkflowTask", "Execute::WorkflowTask", True),
]


def term_of(text: str) -> KeyValue:
    [term] = parse(text).terms
    assert isinstance(term, KeyValue)
    return term


@pytest.mark.parametrize(("text", "name", "expected"), MATCHES)
def test_a_value_finds_the_names_that_it_means(text: str, name: str, *, expected: bool) -> None:
    assert names_of(term_of(text)).matches(name) is expected


@given(
    st.text(alphabet="ab.%_\\*@c"),
    st.sampled_from(["object", "field", "email", "file"]),
)
def test_a_name_finds_itself(name: str, key: str) -> None:
    value = f"x{name}y" if name.count("*") <= 4 else "xy0"
    assert names_of(term_of(f'{key}:"{value.replace(chr(92), chr(92) * 2)}"')).matches(
        f"{value}@b" if key == "email" and "@" not in value else value
    )


def test_a_customer_is_found_by_the_whole_name_or_else_by_a_part() -> None:
    names = ["Acme", "Acme UK", "Perché S.p.A."]
    assert customers_named("acme", names) == ["Acme"]
    assert customers_named("acme u", names) == ["Acme UK"]
    assert customers_named("Acme", names[1:]) == ["Acme UK"]
    assert customers_named("acme*", names) == ["Acme", "Acme UK"]
    assert customers_named("perche", names) == ["Perché S.p.A."]
    assert customers_named("rossi", names) == []
