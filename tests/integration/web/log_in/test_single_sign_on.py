"""Single sign-on with a real provider in a process of its own."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.test import Client

from tests.identity_provider import ACCESS_TOKEN, CLIENT_SECRET
from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS, VIEWERS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import EVERYTHING, NOTHING, Scope, scope_of
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.customers.models import Customer

from .conftest import ADA, Idp, callback_of, is_in, log_in


def ada() -> User:
    return User.objects.get(username="ada")


def groups_of(user: User) -> set[str]:
    return {group.name for group in user.groups.all()}


def as_member_of(idp: Idp, *groups: str, **claims: Any) -> None:
    idp.set(claims={**ADA, "groups": list(groups), **claims})


def test_a_user_of_the_provider_is_let_in_with_the_rights_of_his_groups(
    idp: Idp, rossi: Customer, bianchi: Customer
) -> None:
    browser = Client()
    answer = log_in(browser, idp)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert is_in(browser)
    assert (ada().first_name, ada().last_name, ada().email) == ("Ada", "Rossi", "ada@example.com")
    assert not ada().has_usable_password()
    assert groups_of(ada()) == {OPERATORS}
    assert scope_of(ada()) == Scope((rossi.pk,))


def test_rights_of_several_groups_add_up_and_are_renewed_at_each_log_in(
    idp: Idp, rossi: Customer, bianchi: Customer
) -> None:
    as_member_of(idp, "operators", "viewers")
    log_in(Client(), idp)
    assert groups_of(ada()) == {OPERATORS, VIEWERS}
    assert set(scope_of(ada()).customer_ids or ()) == {rossi.pk, bianchi.pk}
    as_member_of(idp, "admins", "viewers")
    log_in(Client(), idp)
    assert groups_of(ada()) == {ADMINISTRATORS, VIEWERS}
    assert scope_of(ada()) == EVERYTHING
    as_member_of(idp, "viewers")
    log_in(Client(), idp)
    assert groups_of(ada()) == {VIEWERS}
    assert scope_of(ada()) == Scope((bianchi.pk,))
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "groups", [[], ["unknown"], "unknown", None, 7, {"admins": 1}, [["admins"]]]
)
def test_a_user_without_a_mapped_group_is_let_in_nowhere(idp: Idp, groups: Any) -> None:
    idp.set(claims={**ADA, "groups": groups}, userinfo={"sub": ADA["sub"]})
    browser = Client()
    answer = log_in(browser, idp)
    assert answer.status_code == 403
    assert "You are in no group of the identity provider" in answer.content.decode()
    assert not is_in(browser)
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()


def test_a_user_who_has_lost_his_groups_is_out_of_open_sessions_too(
    idp: Idp, rossi: Customer
) -> None:
    elsewhere = Client()
    log_in(elsewhere, idp)
    assert is_in(elsewhere)
    as_member_of(idp)
    assert log_in(Client(), idp).status_code == 403
    assert not is_in(elsewhere)
    assert groups_of(ada()) == set()
    assert scope_of(ada()) == NOTHING


def test_groups_may_come_from_userinfo_of_the_same_user_alone(idp: Idp, rossi: Customer) -> None:
    without = {name: value for name, value in ADA.items() if name != "groups"}
    idp.set(claims=without, userinfo={"sub": "somebody-else", "groups": ["admins"]})
    assert log_in(Client(), idp).status_code == 502
    assert not User.objects.exists()
    idp.set(userinfo={"sub": ADA["sub"], "groups": "operators", "email": "no-one@example.com"})
    assert log_in(Client(), idp).status_code == 302
    assert groups_of(ada()) == {OPERATORS}
    assert ada().email == "ada@example.com", "the ID token is what is signed"


def test_an_email_address_or_a_name_takes_no_local_account_over(idp: Idp) -> None:
    local = User.objects.create_user("ada", email="ada@example.com", password="of the local one")
    log_in(Client(), idp)
    local.refresh_from_db()
    assert groups_of(local) == set()
    assert local.check_password("of the local one")
    assert [one.user.username for one in SocialAccount.objects.all()] == ["ada-2"]
    # Neither does a second user with the same name and address.
    idp.set(claims={**ADA, "sub": "ada-9"})
    log_in(Client(), idp)
    assert User.objects.filter(email="ada@example.com").count() == 3
    assert {one.user.username for one in SocialAccount.objects.all()} == {"ada-2", "ada-3"}


def test_the_same_sub_at_another_provider_is_another_user(
    idp: Idp, settings: Any, rossi: Customer
) -> None:
    log_in(Client(), idp)
    SocialAccount.objects.update(provider="oidc-of-another-issuer")
    log_in(Client(), idp)
    assert User.objects.count() == 2


def test_a_user_keeps_his_account_when_his_name_changes(idp: Idp, rossi: Customer) -> None:
    log_in(Client(), idp)
    as_member_of(idp, "operators", preferred_username="ada.bianchi", family_name="Bianchi")
    log_in(Client(), idp)
    assert ada().last_name == "Bianchi"
    assert User.objects.count() == 1


def test_somebody_who_is_logged_in_does_not_connect_accounts(
    idp: Idp, administrator: Client
) -> None:
    """allauth would, with ?process=connect, for a page elsewhere that opens this address."""
    log_in(administrator, idp, "?process=connect&scope=admin&auth_params=prompt%3Dnone")
    [account] = SocialAccount.objects.all()
    assert account.user.username == "ada-2"


def test_the_request_has_state_and_pkce_and_takes_nothing_else_from_the_address(idp: Idp) -> None:
    address = Client().get("/log-in/sso/?scope=admin&auth_params=prompt%3Dnone")["Location"]
    asked = parse_qs(urlsplit(address).query)
    assert set(asked) == {
        "client_id", "redirect_uri", "scope", "response_type", "state",
        "code_challenge", "code_challenge_method",
    }  # fmt: skip
    assert sorted(asked["scope"][0].split()) == ["email", "openid", "profile"]
    assert asked["redirect_uri"] == ["http://testserver/log-in/sso/callback/"]


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/admin/jobs/jobrun/", "/admin/jobs/jobrun/"),
        ("https://elsewhere.example.com/", "/admin/"),
        ("//elsewhere.example.com/", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
    ],
)
def test_the_log_in_leads_to_the_page_that_was_asked_for_of_this_site_alone(
    idp: Idp, wanted: str, reached: str
) -> None:
    assert log_in(Client(), idp, f"?next={wanted}")["Location"] == reached


SAID = {
    "down": (503, "The identity provider does not respond"),
    "no discovery": (502, "gave an answer that cannot be used"),
    "discovery": (502, "calls itself by another address than ZWM_OIDC_ISSUER"),
    "cancelled": (403, "The identity provider refused the log-in"),
    "client": (403, "The identity provider refused the log-in"),
    "garbage": (503, "The identity provider does not respond"),
    "no ID token": (403, "ID token is not valid"),
    "no expiry": (403, "ID token is not valid"),
    "audience": (403, "was issued for another application"),
    "authorized party": (403, "was issued for another application"),
    "issuer": (403, "was issued by another provider"),
    "forged": (403, "is not signed with one of its current keys"),
    "old key": (403, "is not signed with one of its current keys"),
    "unsigned": (403, "is not signed with one of its current keys"),
    "public key as secret": (403, "is not signed with one of its current keys"),
    "expired": (403, "ID token has expired"),
    "clock ahead": (403, "The clocks of the identity provider and of this server differ by"),
    "clock behind": (403, "The clocks of the identity provider and of this server differ by"),
}


@pytest.mark.parametrize("fault", SAID)
def test_whatever_is_wrong_with_the_provider_is_said_and_lets_nobody_in(
    idp: Idp, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, said = SAID[fault]
    idp.set(fault=fault)
    browser = Client()
    answer = browser.get("/log-in/sso/")
    if answer.status_code == 302:
        address = idp.request("GET", answer["Location"])["Location"]
        answer = browser.get(address.removeprefix("http://testserver"))
    page = answer.content.decode()
    assert (answer.status_code, said in page) == (status, True), page
    assert "Back to login" in page
    assert not is_in(browser)
    assert not User.objects.exists()
    logged = "".join(capfd.readouterr())
    assert logged.count("Single sign-on failed") == 1
    refused = AuditEvent.objects.filter(action="logged_in", outcome="refused")
    is_about_a_user = status == 403 and fault not in ("cancelled", "client")
    assert refused.count() == int(is_about_a_user)
    secrets = [CLIENT_SECRET, ACCESS_TOKEN, "eyJ", "code_verifier"]
    assert [one for one in secrets if one in logged + page] == []


def test_a_provider_that_is_not_there_is_said(idp: Idp, settings: Any) -> None:
    settings.ZWM_OIDC = replace(settings.ZWM_OIDC, issuer="http://127.0.0.1:9")
    answer = Client().get("/log-in/sso/")
    assert answer.status_code == 503
    assert "does not respond" in answer.content.decode()


def test_a_code_is_of_the_browser_that_asked_for_it_and_used_once(idp: Idp) -> None:
    browser, thief = Client(), Client()
    address = callback_of(browser, idp).removeprefix("http://testserver")
    stolen = thief.get(address)
    assert stolen.status_code == 403
    assert "was started in another browser" in stolen.content.decode()
    assert browser.get(address).status_code == 302
    browser.logout()
    assert browser.get(address).status_code == 403
    assert not is_in(browser)


@pytest.mark.parametrize("query", ["", "?state=x", "?code=x", "?error=access_denied", "?state=%00"])
def test_an_answer_without_a_log_in_is_refused_and_fills_no_log(
    idp: Idp, query: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert Client().get(f"/log-in/sso/callback/{query}").status_code == 403
    assert not AuditEvent.objects.exists()
    assert "Single sign-on" not in "".join(capfd.readouterr())


def test_log_ins_and_refusals_are_in_the_audit_log(idp: Idp, rossi: Customer) -> None:
    log_in(Client(), idp)
    as_member_of(idp)
    log_in(Client(), idp)
    events = AuditEvent.objects.filter(action="logged_in").order_by("pk")
    assert [(one.actor, one.outcome, one.details) for one in events] == [
        ("ada", "done", {}),
        ("nobody", "refused", {"code": "sso_no_group"}),
    ]


def test_a_deactivated_user_is_not_let_in(idp: Idp) -> None:
    log_in(Client(), idp)
    User.objects.update(is_active=False)
    browser = Client()
    answer = log_in(browser, idp)
    assert answer.status_code == 403
    assert "Your account is deactivated" in answer.content.decode()
    assert not is_in(browser)


def test_rights_that_the_mirror_does_not_have_give_nothing_and_are_logged(
    idp: Idp, bianchi: Customer, capfd: pytest.CaptureFixture[str]
) -> None:
    as_member_of(idp, "viewers", "nothing")
    UserAccess.objects.all().delete()
    log_in(Client(), idp)
    assert groups_of(ada()) == {VIEWERS}
    logged = "".join(capfd.readouterr())
    assert "No such group" in logged
    assert "Nobody" in logged


def test_neither_tokens_nor_claims_are_stored(idp: Idp) -> None:
    log_in(Client(), idp)
    assert not SocialToken.objects.exists()
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize("sub", ["", "a\0", "a" * 192, 7, None])
def test_a_subject_that_cannot_be_stored_lets_nobody_in(idp: Idp, sub: Any) -> None:
    as_member_of(idp, "admins", sub=sub)
    assert log_in(Client(), idp).status_code == 403
    assert not User.objects.exists()


def test_without_the_provider_its_sessions_end_and_its_addresses_are_gone(
    idp: Idp, settings: Any
) -> None:
    browser = Client()
    log_in(browser, idp)
    assert is_in(browser)
    settings.ZWM_OIDC = None
    settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS[:-1]
    assert not is_in(browser)
    assert Client().get("/log-in/sso/").status_code == 404
    assert Client().get("/log-in/sso/callback/").status_code == 404


def test_names_of_the_provider_are_shown_as_text(idp: Idp) -> None:
    as_member_of(idp, "admins", preferred_username="<b>\n\0x", name=7, given_name="<i>", email=[1])
    browser = Client()
    log_in(browser, idp)
    user = User.objects.get()
    assert (user.username, user.first_name, user.email) == ("_b_x", "<i>", "")
    assert "<i>" not in browser.get("/admin/auth/user/").content.decode().replace("<i ", "")
