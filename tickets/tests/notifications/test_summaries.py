"""Is no notice to staff lost when there are too many of them, and does the summary of them cause no mail itself?"""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from recipients.models import Customer, OwnAddress, Partner, User
from tickets import tasks
from tickets.models import Event, Outbox, Queue, Ticket, TicketSettings, WithheldNotice
from tickets.tests.mails import SUPPORT, mail, take
from tickets.ticket_page.conversation.history import told

pytestmark = pytest.mark.django_db
CARLA, ADMIN = "Carla <carla@acme.example>", "admin@staff.example"


@pytest.fixture(autouse=True)
def desk(queue: Queue, carla: Customer) -> TicketSettings:
    """Support with an admin address, where ten notices an hour go to one person."""
    OwnAddress.objects.create(address=SUPPORT)
    settings = TicketSettings(pk=1, admin_email=ADMIN, automatic_mails_per_hour=1)
    settings.save()
    return settings


def flood(count: int, address: str = ADMIN) -> list[Ticket]:
    """`count` tickets after the tenth notice of this hour."""
    Outbox.objects.bulk_create(
        Outbox(kind="notice", recipient=address, token=f"{address}{number}", subject="", text="")
        for number in range(10)
    )
    return [take(mail(CARLA, f"Server room {number}")).ticket for number in range(count)]


def summaries() -> list[Outbox]:
    return list(Outbox.objects.filter(kind=Outbox.Kind.NOTICE_SUMMARY).order_by("pk"))


def later(minutes: int) -> None:
    """As much later everything that was written is as much older."""
    for model, field in ((WithheldNotice, "at"), (Outbox, "created_at")):
        for row in model.objects.all():
            setattr(row, field, getattr(row, field) - timedelta(minutes=minutes))
            row.save(update_fields=[field])


def test_notices_that_are_too_many_come_in_one_mail_with_links(desk: TicketSettings, superuser: User) -> None:  # L22
    first, second = flood(2)
    take(mail(CARLA, f"Re: [#{first.number}] Server room", "It is on fire."))
    assert not Outbox.objects.filter(ticket=first, recipient=ADMIN).exists()
    tasks.summarise_notices()
    assert summaries() == []  # others may follow
    later(6)
    tasks.summarise_notices()
    (summary,) = summaries()
    assert summary.recipient == ADMIN
    assert summary.subject == "3 more notices about 2 tickets"
    for ticket, times in ((first, 2), (second, 1)):
        assert f"[#{ticket.number}] {ticket.subject} ({times})" in summary.text
        assert f"/tickets/{ticket.number}/" in summary.text
        assert f'/tickets/{ticket.number}/"' in summary.html
    said = told(list(Event.objects.filter(ticket=second)), superuser)
    assert any("their next summary includes this one" in sentence for each in said for sentence in each.withheld)


def test_there_is_one_summary_an_hour_and_nothing_comes_twice(desk: TicketSettings) -> None:
    flood(1)
    later(6)
    for _time in range(3):
        tasks.summarise_notices()
    flood_goes_on = take(mail(CARLA, "Still burning")).ticket
    later(20)
    tasks.summarise_notices()
    assert len(summaries()) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=50)):
        tasks.summarise_notices()
    assert [f"[#{flood_goes_on.number}]" in each.text for each in summaries()] == [False, True]
    assert not WithheldNotice.objects.exists()


def test_nobody_reads_in_a_summary_of_what_they_may_not_see_any_more(desk: TicketSettings, anna: User) -> None:
    anna.notify_new_tickets = True
    anna.language = "de"
    anna.save()
    mine, _lost = flood(2, anna.email)
    _lost.customer.partner = Partner.objects.create(name="South")
    _lost.customer.save()
    anna.partner = Partner.objects.create(name="North")
    anna.save()
    mine.customer = Customer.objects.create(name="North's", partner=anna.partner)
    mine.save()
    later(6)
    tasks.summarise_notices()
    (summary,) = [each for each in summaries() if each.recipient == anna.email]
    assert summary.subject == "1 weitere Hinweise zu 1 Tickets"
    assert f"[#{_lost.number}]" not in summary.text


def test_where_no_automatic_mail_is_wanted_there_is_no_summary_either(desk: TicketSettings) -> None:
    desk.automatic_mails_per_hour = 0
    desk.save()
    flood(1)
    later(6)
    tasks.summarise_notices()
    assert summaries() == []
