"""Trouble of a mailbox is told once, and so is its end; after each failure the pause is longer."""

import pytest
from django.utils import timezone

from mailboxes.fetching.report import report
from mailboxes.models import Mailbox
from recipients.models import User
from tickets.models import Outbox

pytestmark = pytest.mark.django_db


def mailbox() -> Mailbox:
    return Mailbox.objects.create(name="Support", imap_host="imap.example.com", imap_username="support")


def notices() -> list[str]:
    return list(Outbox.objects.filter(kind=Outbox.Kind.NOTICE).order_by("pk").values_list("subject", flat=True))


def test_trouble_is_told_once_and_so_is_its_end(ada: User) -> None:
    # L07
    support = mailbox()
    for _attempt in range(6):
        report(support, Mailbox.State.CONNECTION, "imap.example.com cannot be reached.")
    assert notices() == ["The mailbox “Support” cannot be fetched"]
    told = Outbox.objects.get()
    assert (told.recipient, told.to_staff) == (ada.email, True)
    assert "cannot be reached" in told.text
    report(support, Mailbox.State.OK)
    report(support, Mailbox.State.OK)
    assert notices() == ["The mailbox “Support” cannot be fetched", "The mailbox “Support” works again"]


def test_a_server_that_restarts_is_no_news(ada: User) -> None:
    support = mailbox()
    report(support, Mailbox.State.CONNECTION, "was lost")
    report(support, Mailbox.State.OK)
    assert notices() == []


@pytest.mark.parametrize("state", [Mailbox.State.LOGIN, Mailbox.State.FOLDER])
def test_what_only_people_can_mend_is_told_at_once(ada: User, state: str) -> None:
    support = mailbox()
    report(support, state, "Check it.")
    assert len(notices()) == 1


def test_pauses_grow_to_a_limit_and_end_with_the_first_success(db: None) -> None:
    support = mailbox()
    pauses = []
    for _attempt in range(8):
        report(support, Mailbox.State.CONNECTION, "was lost")
        pauses.append(support.pause.total_seconds())
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (120, 900)
    report(support, Mailbox.State.LOGIN, "refused")
    assert support.pause.total_seconds() == 3600
    assert support.next_poll_at > timezone.now() + support.pause / 2
    report(support, Mailbox.State.OK)
    assert (support.next_poll_at - timezone.now()).total_seconds() <= 60
    assert support.failures == 0
