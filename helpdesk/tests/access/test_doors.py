"""Is there one door for each kind of visitor, and does no other page let anybody in, or name another host in a mail?"""

import os
import re
import stat
from pathlib import Path

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import LazySettings, settings
from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client

from conftest import PASSWORD
from helpdesk.operations.storage import DurableFileSystemStorage
from helpdesk.tests.access.doors import paths
from recipients.models import Customer, PortalAccount, User
from recipients.tests.portal import come_in
from tickets.models import Queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worker")]

SIGN_IN, PORTAL = "/accounts/login/", "/portal/sign-in/password/"


def credentials(address: str) -> dict[str, str]:
    """Address and password under every name that a form may ask for."""
    names = dict.fromkeys(("login", "email", "username", "address", "user"), address)
    passwords = dict.fromkeys(("password", "password1", "password2", "old_password", "new_password1"), PASSWORD)
    return {**names, **passwords}


def opened(address: str, key: str) -> set[str]:
    """The pages that open a session, known by `key` in it, to whoever sends address and password there."""
    found, browser = set(), Client(raise_request_exception=False)
    for path in paths():
        cache.clear()  # no limit is what closes a door here
        browser.cookies.clear()
        browser.post(path, credentials(address), headers={"Authorization": "Basic c3VlOng="})
        if settings.SESSION_COOKIE_NAME in browser.cookies and key in browser.session:
            found.add(path)
    return found


def test_a_password_opens_a_session_at_the_sign_in_page_alone(superuser: User) -> None:
    assert opened(superuser.email, "_auth_user_id") == {SIGN_IN}


def test_with_a_second_factor_a_password_alone_opens_none_anywhere(superuser: User) -> None:
    TOTP.activate(superuser, generate_totp_secret())
    RecoveryCodes.activate(superuser)
    assert opened(superuser.email, "_auth_user_id") == set()


def test_a_customers_password_opens_the_portal_at_its_sign_in_page_alone(carla: Customer) -> None:
    account = PortalAccount(address="carla@acme.example")
    account.set_password(PASSWORD)
    account.save()
    assert opened(account.address, "portal") == {PORTAL}


def test_the_django_admin_leads_to_the_sign_in_page_and_back(client: Client, superuser: User) -> None:
    page = client.get("/admin/recipients/user/", follow=True)
    assert page.redirect_chain[-1][0].startswith(SIGN_IN)
    assert 'name="login"' in page.content.decode()
    answer = client.post(page.redirect_chain[-1][0], {"login": superuser.email, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == "/admin/recipients/user/"


def test_no_mail_names_another_host_whatever_host_was_asked(
    settings: LazySettings, anna: User, carla: Customer, ada: User
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(raise_request_exception=False, headers={"Host": "mallory.example:1337"})
    for address in (anna.email, "carla@acme.example"):
        for path in paths():
            cache.clear()
            client.cookies.clear()
            client.post(path, credentials(address))
    as_ada = Client(headers={"Host": "mallory.example:1337"})
    as_ada.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    as_ada.post(f"/settings/users/{anna.pk}/invite/")
    assert {to for letter in mail.outbox for to in letter.to} == {anna.email, "carla@acme.example"}
    assert len({letter.subject for letter in mail.outbox}) == 3  # a new password, a link to the portal, an invitation
    texts = [part for each in mail.outbox for part in (each.body, *(html for html, _kind in each.alternatives))]
    hosts = {host.rstrip(".") for text in texts for host in re.findall(r"https?://([^/\s\"<]+)", text)}
    assert hosts == {"localhost:8000"}


def test_what_is_shown_to_those_who_signed_in_is_in_no_cache(superuser: User, carla: Customer) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    public = {"/healthz", "/readyz", "/metrics"}
    leave = {"/accounts/logout/"}
    shown = sorted(set(paths()) - public - leave)
    assert {"/tickets/", "/recipients/", "/settings/users/"} <= set(shown)
    for path in shown:
        assert browser.get(path)["Cache-Control"] == "private, no-store", path


def test_no_page_takes_a_form_without_its_token(superuser: User, carla: Customer, queue: Queue) -> None:
    """Those neither that count what is uploaded before anybody may read the form."""
    browser, strict = Client(), Client(enforce_csrf_checks=True, raise_request_exception=False)
    come_in(browser, "carla@acme.example")
    browser.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    strict.cookies = browser.cookies
    taken = {path: strict.post(path, credentials(superuser.email)).status_code for path in paths()}
    assert {path: code for path, code in taken.items() if code not in (403, 404, 405)} == {}
    assert taken["/tickets/new/"] == taken["/portal/tickets/new/"] == taken["/tickets/1/send/"] == 403


def test_mail_on_the_disk_is_for_the_helpdesk_alone(settings: LazySettings, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        storage = DurableFileSystemStorage(location=str(tmp_path / "data" / "files"))
        storage.save("raw/ab/cd.eml", ContentFile(b"From: carla@acme.example"))
    finally:
        os.umask(before)
    modes = {str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {
        "data": 0o700,
        "data/files": 0o700,
        "data/files/raw": 0o700,
        "data/files/raw/ab": 0o700,
        "data/files/raw/ab/cd.eml": 0o600,
    }
