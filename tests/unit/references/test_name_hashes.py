"""The hashes of a place answer for whole names as the names themselves would."""

from hypothesis import example, given
from hypothesis import strategies as st

from workflow_mirror.references.name_hashes import hashes_of_place, hashes_of_value
from workflow_mirror.references.query import KEYS, KINDS, Key, KeyValue, names_of
from workflow_mirror.references.query.keys import BY_NAME, Rule

EXACT = [key for key in KEYS if key.is_kind and key.rule is not Rule.PART]
words = st.text("ab", min_size=1, max_size=2)
dotted = st.lists(words, min_size=1, max_size=4).map(".".join)
addresses = st.builds("{}@{}".format, words, dotted)
names = st.one_of(dotted, addresses, dotted.map("{}.A__c".format), st.just("A__c"))
values = st.one_of(names, words.map("{}@".format), words.map("@{}".format))


def is_found(term: KeyValue, kind: str, name: str) -> bool:
    wanted = hashes_of_value(term)
    assert wanted is not None
    return bool({*wanted} & {*hashes_of_place([(kind, name.lower())], "")})


@given(st.sampled_from(EXACT), names, values)
@example(BY_NAME["field"], "Region__c", "Account.Region__c")
@example(BY_NAME["field"], "Subscription.Account.Region__c", "account.region__C")
@example(BY_NAME["field"], "Invoice.Region__c", "Account.Region__c")
@example(BY_NAME["host"], "erp.example.com", "https://EXAMPLE.com:8443/x")
@example(BY_NAME["email"], "billing@a.example.com", "billing@")
@example(BY_NAME["email"], "billing@a.example.com", "example.com")
def test_a_whole_name_is_found_by_hash_where_it_is_found_by_name(
    key: Key, name: str, value: str
) -> None:
    if key.name == "email":
        name = name if "@" in name else f"{name}@a"
    term = KeyValue(key, value)
    assert is_found(term, key.name, name) == names_of(term).matches(name)


def test_a_name_is_found_under_its_own_kind_only() -> None:
    for kind in KINDS:
        for key in EXACT:
            found = is_found(KeyValue(key, "acme"), kind, "acme" if kind != "email" else "acme@a")
            assert found == (kind == key.name)


def test_kinds_and_types_have_hashes_too() -> None:
    assert is_found(KeyValue(BY_NAME["has"], "secret"), "secret", "")
    assert not is_found(KeyValue(BY_NAME["has"], "url"), "secret", "")
    assert {*hashes_of_place([], "Callout")}.isdisjoint(hashes_of_place([], "Email"))


def test_parts_of_names_have_no_hashes() -> None:
    for text in ("url:/v1/items", "host:erp*", "field:*region__c"):
        key, _, value = text.partition(":")
        assert hashes_of_value(KeyValue(BY_NAME[key], value)) is None
