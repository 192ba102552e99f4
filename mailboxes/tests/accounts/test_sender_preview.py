"""Does the page of a queue show in whose name customers get answers, and is it what is sent?"""

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Address, Mailbox
from recipients.models import User
from tickets.models import Queue, TicketSettings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _billing(support: Mailbox, queue: Queue) -> None:
    Address.objects.create(mailbox=support, address="billing@helpdesk.example", name="Billing", queue=queue)


def shown(client: Client, queue: Queue, **chosen: str) -> list[tuple[tuple[str, str], ...]]:
    """The headers for the main and the further address."""
    page = client.get(reverse("settings:sender_preview", args=[queue.pk]), chosen)
    return [preview.headers for preview in page.context["previews"]]


def test_what_is_chosen_is_shown_before_it_is_saved(as_ada: Client, ada: User, queue: Queue) -> None:
    # U12, U13, U15, T05, T21
    main, billing = shown(as_ada, queue, sender="mailbox_with_agent")
    assert main == (("From", f"{ada} <support@helpdesk.example>"), ("Reply-To", "Support <support@helpdesk.example>"))
    assert billing == (
        ("From", "Billing <billing@helpdesk.example>"),
        ("Reply-To", "Billing <billing@helpdesk.example>"),
    )
    main, _billing = shown(as_ada, queue, sender="mailbox")
    assert main[0] == ("From", "Support <support@helpdesk.example>")
    main, billing = shown(as_ada, queue, sender="agent", reply_to_agent="on")
    own = f"{ada} <{ada.email}>"
    assert main == billing == (("From", own), ("Sender", "support@helpdesk.example"), ("Reply-To", own))
    queue.refresh_from_db()
    assert queue.sender == "mailbox_with_agent"
    TicketSettings(pk=1, mailbox_name_only=True).save()
    assert shown(as_ada, queue, sender="agent")[0][0] == ("From", "Support <support@helpdesk.example>")


def test_an_address_that_may_not_stand_in_from_is_refused_with_the_reason(
    as_ada: Client, ada: User, queue: Queue
) -> None:
    # T05
    User.objects.filter(pk=ada.pk).update(sender_email="ada@gmail.com")
    Queue.objects.update(sender=Queue.Sender.AGENT)
    for page in (
        reverse("settings:queue", args=[queue.pk]),
        reverse("settings:mailbox", args=[Mailbox.objects.get().pk]),
    ):
        html = as_ada.get(page).content.decode()
        assert "ada@gmail.com cannot stand in From" in html
        assert f"{ada} &lt;support@helpdesk.example&gt;" in html


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("scripted", [True, False])
def test_the_page_of_a_mailbox_shows_what_is_typed_before_it_is_saved(
    as_ada: Client, ada: User, support: Mailbox, queue: Queue, scripted: bool
) -> None:
    # U15
    sales = Queue.objects.create(name="Sales", sender=Queue.Sender.MAILBOX)
    page = as_ada.post(
        reverse("settings:mailbox_preview", args=[support.pk]),
        {"name": "Our help", "address": "Help@helpdesk.example", "queue": sales.pk},
        headers={"HX-Request": "true"} if scripted else {},
    )
    main, billing = [preview.headers for preview in page.context["previews"]]
    typed = "Our help <help@helpdesk.example>"
    assert main == (("From", typed), ("Reply-To", typed))
    assert billing[0] == ("From", "Billing <billing@helpdesk.example>")
    assert ("<h1>" in page.content.decode()) is not scripted
    assert "Our help &lt;help@helpdesk.example&gt;" in page.content.decode()
    unfinished = as_ada.post(reverse("settings:mailbox_preview", args=[support.pk]), {"name": "", "address": "hel"})
    assert unfinished.context["previews"][0].headers[1] == ("Reply-To", "Support <support@helpdesk.example>")
    support.refresh_from_db()
    assert (support.name, support.address) == ("Support", "support@helpdesk.example")
