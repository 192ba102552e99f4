"""Does the Django admin hold every row, for super administrators alone, and open with many of them?"""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from mailboxes.inbound.pipeline import deliver
from mailboxes.inbound.take_in import take_in
from mailboxes.models import InboundEmail, Mailbox, save_with_address
from recipients.decisions import actions
from recipients.models import Customer, CustomerAddress, DenyRule, Partner, Recipient, User
from tickets.models import Comment, CustomField, Event, Outbox, Queue, Tag, Ticket

pytestmark = pytest.mark.django_db

OURS = [model for app in ("recipients", "tickets", "mailboxes") for model in apps.get_app_config(app).get_models()]
READ_ONLY = (InboundEmail, Event, Comment, Outbox)


@pytest.fixture
def as_sue(client: Client, superuser: User) -> Client:
    client.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def rows(queue: Queue, customer: Customer, count: int) -> None:
    """`count` rows in each of the tables that grow."""
    Recipient.objects.bulk_create(
        Recipient(address=f"r{n}@acme.example", domain="acme.example", customer=customer) for n in range(count)
    )
    people = list(Recipient.objects.all())
    tickets = Ticket.objects.bulk_create(
        Ticket(subject=f"Ticket {n}", queue=queue, customer=customer, requester=people[n]) for n in range(count)
    )
    Comment.objects.bulk_create(Comment(ticket=ticket, kind="customer") for ticket in tickets)
    Event.objects.bulk_create(Event(ticket=ticket, kind="opened", recipient=ticket.requester) for ticket in tickets)
    Outbox.objects.bulk_create(
        Outbox(ticket=t, kind="notice", recipient="a@b.example", token=f"t{t.pk}", subject="S") for t in tickets
    )
    InboundEmail.objects.bulk_create(InboundEmail(subject=f"Mail {n}", ticket=tickets[n]) for n in range(count))
    Customer.objects.bulk_create(Customer(name=f"Person {n}", company=customer) for n in range(count))
    CustomerAddress.objects.bulk_create(
        CustomerAddress(customer=customer, address=f"c{n}@acme.example", domain="acme.example") for n in range(count)
    )


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_model_has_its_page(as_sue: Client, model: type[Model]) -> None:
    assert admin.site.is_registered(model)
    assert as_sue.get(url(model, "changelist")).status_code == 200
    assert as_sue.get(url(model, "changelist") + "?q=12").status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_list_asks_the_same_number_of_queries_for_one_row_and_for_forty(
    as_sue: Client, queue: Queue, acme: Customer, model: type[Model], django_assert_max_num_queries: Any
) -> None:
    rows(queue, acme, 40)
    with django_assert_max_num_queries(12):
        as_sue.get(url(model, "changelist"))


@pytest.mark.parametrize("model", [Ticket, Recipient, Customer, Queue, Tag, Partner, DenyRule, User, Mailbox])
def test_a_form_does_not_load_every_row_it_could_point_to(
    as_sue: Client, queue: Queue, acme: Customer, model: type[Model], django_assert_max_num_queries: Any
) -> None:
    rows(queue, acme, 40)
    with django_assert_max_num_queries(10):
        html = as_sue.get(url(model, "add")).content.decode()
    assert "r7@acme.example" not in html
    assert "Person 7" not in html


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_what_happened_can_be_read_and_not_changed(
    as_sue: Client, queue: Queue, acme: Customer, model: type[Model]
) -> None:
    rows(queue, acme, 1)
    row = model._default_manager.get()
    page = as_sue.get(url(model, "change", row.pk))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert as_sue.post(url(model, "change", row.pk), {}).status_code == 403
    assert as_sue.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert as_sue.get(url(model, "add")).status_code == 403


def test_a_mailbox_never_shows_its_passwords(as_sue: Client, queue: Queue) -> None:
    mailbox = Mailbox(name="S", imap_host="i.example", imap_username="s", imap_password="sesame", smtp_password="open")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    for page in (url(Mailbox, "changelist"), url(Mailbox, "change", mailbox.pk), url(Mailbox, "history", mailbox.pk)):
        html = as_sue.get(page).content.decode()
        assert "sesame" not in html
        assert "_password" not in html


def test_a_user_made_here_cannot_sign_in_before_getting_a_password(as_sue: Client) -> None:
    as_sue.post(
        url(User, "add"),
        {
            "email": "new@helpdesk.example",
            "role": "agent",
            "time_zone": "UTC",
            "is_active": "on",
            "after_sending": "next",
        },
    )
    assert not User.objects.get(email="new@helpdesk.example").has_usable_password()


@pytest.mark.parametrize("who", ["anna", "ada"])
def test_nobody_but_super_administrators_gets_in(client: Client, request: pytest.FixtureRequest, who: str) -> None:
    client.force_login(request.getfixturevalue(who), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("admin:index"))
    assert page.status_code == 302
    assert client.get(url(Mailbox, "changelist")).status_code == 302


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("page", ["delete", "changelist"])
def test_a_deleted_customer_leaves_persons_addresses_and_tickets(
    as_sue: Client, queue: Queue, acme: Customer, carla: Customer, superuser: User, page: str
) -> None:
    writer = Recipient.objects.known("boss@else.example")
    actions.pair(Recipient.objects.filter(pk=writer.pk), acme, by=superuser)
    ticket = Ticket.objects.create(subject="Printer", queue=queue, requester=writer, customer=acme)
    if page == "delete":
        as_sue.post(url(Customer, "delete", acme.pk), {"post": "yes"})
    else:
        chosen = {"action": "delete_selected", "_selected_action": [acme.pk], "post": "yes"}
        as_sue.post(url(Customer, "changelist"), chosen)
    for row in (ticket, writer, carla):
        row.refresh_from_db()
    assert not Customer.objects.filter(pk=acme.pk).exists()
    assert (ticket.customer, writer.customer, carla.company) == (None, None, None)


def test_a_deleted_ticket_leaves_its_mail_in_the_ledger_with_its_number(as_sue: Client, queue: Queue) -> None:
    # L19
    mailbox = Mailbox(name="Support", imap_host="i.example", imap_username="s")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    mail = deliver(
        take_in(b"From: a@b.example\r\nTo: support@helpdesk.example\r\nSubject: S\r\n\r\nT\r\n", mailbox=mailbox)
    )
    number = mail.ticket_id
    as_sue.post(url(Ticket, "delete", number), {"post": "yes"})
    mail.refresh_from_db()
    assert (mail.ticket_id, mail.ticket_number) == (None, number)


def test_the_kind_of_a_field_stays_because_its_values_are_read_by_it(as_sue: Client) -> None:
    field = CustomField.objects.create(name="Model")
    page = url(CustomField, "change", field.pk)
    as_sue.post(page, {"name": "Model", "about": "customer", "kind": "date", "options": "", "is_active": "on"})
    field.refresh_from_db()
    assert (field.about, field.kind) == ("ticket", "text")
