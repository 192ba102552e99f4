"""A server that lists a mail, answers OK, and hands nothing over, again and again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.tests.servers.rude import Scripted, imap_replies
from mailboxes.fetching.fetch import fetch
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import mail
from recipients.models import User
from tickets.models import Outbox, Ticket

pytestmark = pytest.mark.django_db


def server_with(mails: dict[int, bytes | None]) -> Callable[[bytes], bytes]:
    """Lists all of `mails`, by UID, and hands over those that are not None."""

    def reply(line: bytes) -> bytes:
        tag, _uid, verb = line.split()[:3] if b" UID " in line else (*line.split()[:2], b"")
        if verb == b"SEARCH":
            return b"* SEARCH %b\r\n%b OK done\r\n" % (b" ".join(b"%d" % uid for uid in mails), tag)
        if verb == b"FETCH":
            asked = {int(uid) for part in line.split()[3].split(b",") for uid in _span(part)} & {*mails}
            return b"".join(_answer(uid, mails[uid], line) for uid in asked) + tag + b" OK done\r\n"
        if b"SELECT" in line or b"EXAMINE" in line:
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n%b OK done\r\n" % (len(mails), tag)
        return imap_replies(b"NOTHING", b"")(line)

    return reply


def _span(part: bytes) -> range:
    first, _colon, last = part.partition(b":")
    return range(int(first), int(last or first) + 1)


def _answer(uid: int, raw: bytes | None, line: bytes) -> bytes:
    if b"BODY" not in line:
        facts = b'RFC822.SIZE 500 INTERNALDATE "28-Nov-2026 08:00:00 +0000" FLAGS ()'
        return b"* %d FETCH (UID %d %b)\r\n" % (uid, uid, facts)
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (uid, uid, len(raw), raw) if raw else b""


def fetched(support: Mailbox, mails: dict[int, bytes | None], *, later: bool = False) -> str:
    if later:
        InboundEmail.objects.filter(processed_at=None).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    with Scripted(b"* OK Hi\r\n", server_with(mails)) as server:
        Mailbox.objects.filter(pk=support.pk).update(imap_port=server.port)
        return fetch(support.pk).state


def told() -> list[str]:
    return list(Outbox.objects.filter(subject__contains="withholds mail from").values_list("recipient", flat=True))


def test_a_mail_that_is_not_handed_over_is_a_row_and_one_alert(support: Mailbox, ada: User, as_ada: Client) -> None:
    mails = {1: mail(), 2: None}
    assert fetched(support, mails) == Mailbox.State.OK
    assert Ticket.objects.count() == 1
    row = InboundEmail.objects.get(uid=2)
    assert (row.outcome, told()) == (Outcome.FAILED, [ada.email])
    assert "sends nothing" in as_ada.get(reverse("mailboxes:log_detail", args=[row.pk])).content.decode()
    support.refresh_from_db()
    assert support.missing_messages == 0
    for _time in range(6):
        fetched(support, mails, later=True)
    row.refresh_from_db()
    assert (row.outcome, told()) == (Outcome.QUARANTINED, [ada.email])
    assert "sends nothing" in row.reason


def test_a_mail_that_is_refused_when_it_is_asked_for_once_more_has_its_row(support: Mailbox) -> None:
    silent = server_with({1: mail(), 2: None})
    asked: list[bytes] = []

    def reply(line: bytes) -> bytes:
        if b"BODY.PEEK[]" in line and b"FETCH 2 " in line:
            asked.append(line)
            return line.split()[0] + b" NO [SERVERBUG] Internal error\r\n"
        return silent(line)

    with Scripted(b"* OK Hi\r\n", reply) as server:
        Mailbox.objects.filter(pk=support.pk).update(imap_port=server.port)
        assert fetch(support.pk).state == Mailbox.State.OK
    assert asked
    assert "Internal error" in InboundEmail.objects.get(uid=2).reason


def test_it_comes_in_as_soon_as_the_server_hands_it_over(support: Mailbox) -> None:
    fetched(support, {1: None})
    fetched(support, {1: mail(subject="Late")}, later=True)
    assert [ticket.subject for ticket in Ticket.objects.all()] == ["Late"]


def test_a_server_that_hands_nothing_over_is_a_mailbox_in_trouble(support: Mailbox) -> None:
    assert fetched(support, dict.fromkeys(range(1, 40))) == Mailbox.State.FETCH
    assert not InboundEmail.objects.exists()
    support.refresh_from_db()
    assert "delivers none of them" in support.state_message
