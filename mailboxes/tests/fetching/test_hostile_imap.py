"""Whatever an IMAP server does while a mailbox is fetched is a state of the mailbox, and no mail is lost or doubled."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.utils import timezone

from helpdesk.tests.servers.rude import Scripted, plain
from mailboxes.fetching.fetch import fetch
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.tests.fetching.test_silence import server_with
from mailboxes.tests.mails import mail
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
Reply = Callable[[bytes], bytes | None]


def instead(answer: bytes | None, of: bytes = b"BODY.PEEK") -> Callable[[Reply], Reply]:
    """The server gives `answer` to commands that have `of` in them; TAG is their tag."""

    def changed(honest: Reply) -> Reply:
        def reply(line: bytes) -> bytes | None:
            if of not in line or answer is None:
                return None if of in line else honest(line)
            return answer.replace(b"TAG", line.split()[0])

        return reply

    return changed


HOSTILE = {
    "closes in mid-literal": instead(b"* 1 FETCH (UID 1 BODY[] {5000}\r\nFrom: x"),
    "says more than the size": instead(b"* 1 FETCH (UID 1 BODY[] {3}\r\nFrom: x@y.example\r\n\r\nHi)\r\nTAG OK\r\n"),
    "says another UID": instead(b"* 1 FETCH (UID 77 BODY[] {9}\r\nFrom: x\r\n)\r\nTAG OK done\r\n"),
    "counts UIDs that are not there": instead(b"* SEARCH 1 2 3 99999999999\r\nTAG OK done\r\n", b"SEARCH"),
    "finds nothing": instead(b"* SEARCH\r\nTAG OK done\r\n", b"SEARCH"),
    "never answers": instead(None),
    "never lists": instead(None, b"SEARCH"),
    "a line of ten megabytes": instead(b"* OK " + b"x" * 10_000_000 + b"\r\nTAG OK done\r\n"),
    "OK without data": instead(b"TAG OK done\r\n"),
    "goes away": instead(b"* BYE\r\n", b"EXAMINE"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_a_state_and_the_mail_comes_in_later(
    support: Mailbox, monkeypatch: pytest.MonkeyPatch, change: Callable[[Reply], Reply]
) -> None:
    impatient = property(lambda mailbox: replace(plain(mailbox.imap_port), timeout=0.5))
    monkeypatch.setattr(Mailbox, "imap_account", impatient)
    honest = server_with({1: mail(subject="One")})
    for reply in (change(honest), honest):
        InboundEmail.objects.filter(processed_at=None).update(next_attempt_at=timezone.now())
        with Scripted(b"* OK Hi\r\n", reply) as server:
            Mailbox.objects.update(imap_port=server.port, claimed_until=None)
            state = fetch(support.pk).state
        assert state in {Mailbox.State.OK, Mailbox.State.FETCH, Mailbox.State.CONNECTION, Mailbox.State.FOLDER}
    assert state == Mailbox.State.OK
    assert list(Ticket.objects.values_list("subject", flat=True)) == ["One"]
