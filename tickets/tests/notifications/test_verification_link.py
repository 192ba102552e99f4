"""Are old links deleted, without forgetting how often somebody was asked, or turning anybody away rudely?"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from helpdesk import limits
from recipients.matching.validity import Validity
from recipients.models import SignInLink
from recipients.models.links import KEPT_FOR, OneTimeLink
from recipients.portal import links
from recipients.tasks import forget_sign_ins
from tickets.models import Queue, VerificationRequest
from tickets.sender.verification import asked
from tickets.tasks import forget_verification_requests
from tickets.tests.mails import mail, take

pytestmark = pytest.mark.django_db
CARLA = "carla@acme.example"


def ended(link: OneTimeLink, ago: timedelta) -> None:
    type(link).objects.filter(pk=link.pk).update(expires_at=timezone.now() - ago)  # type: ignore[attr-defined]


def test_links_to_sign_in_are_forgotten_thirty_days_after_their_end(client: Client) -> None:
    (old, old_token), (late, late_token), (usable, _token) = (SignInLink.issue(CARLA) for _ in range(3))
    ended(old, KEPT_FOR + timedelta(minutes=1))
    ended(late, KEPT_FOR - timedelta(minutes=1))
    before = client.get(f"/portal/sign-in/{old_token}/")
    forget_sign_ins()
    assert set(SignInLink.objects.all()) == {late, usable}
    for token in (old_token, late_token):
        page = client.get(f"/portal/sign-in/{token}/")
        assert page.status_code == before.status_code == 410
        assert "This link has been used or has expired." in page.content.decode()


def test_sessions_are_forgotten_when_they_have_expired() -> None:
    kept, ended_session = SessionStore(), SessionStore()
    for session, seconds in ((kept, 60), (ended_session, -60)):
        session.set_expiry(timezone.now() + timedelta(seconds=seconds))
        session.save()
    forget_sign_ins()
    assert [session.session_key for session in Session.objects.all()] == [kept.session_key]


def test_forgetting_makes_no_room_for_more_links_than_are_allowed() -> None:
    for _time in range(limits.PORTAL_LINKS.amount):
        SignInLink.issue(CARLA)
    forget_sign_ins()
    assert links._has_enough(CARLA)


def test_requests_to_verify_are_forgotten_unless_the_ticket_still_waits(client: Client, queue: Queue) -> None:
    waiting, settled = take(mail(CARLA)).ticket, take(mail("dora@acme.example")).ticket
    tokens = []
    for ticket, address in ((waiting, CARLA), (settled, "dora@acme.example")):
        for _time in range(3):
            request, token = VerificationRequest.issue(address, ticket=ticket)
            ended(request, KEPT_FOR + timedelta(days=1))
        tokens.append(token)
    settled.validity = Validity.VERIFIED
    settled.save()
    forget_verification_requests()
    assert {each.ticket for each in VerificationRequest.objects.all()} == {waiting}
    state = asked(waiting)
    assert state
    assert "been asked 3 times" in state.refusal
    assert asked(settled) is None
    known, unknown = (client.get(f"/portal/verify/{token}/") for token in tokens)
    assert (known.status_code, unknown.status_code) == (410, 404)
    assert "This link has expired." in known.content.decode()
    assert "It may be old" in unknown.content.decode()


def test_beat_forgets_by_itself() -> None:
    due = {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {forget_sign_ins.name, forget_verification_requests.name} <= due
