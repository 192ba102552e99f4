"""Does a queue say its mails in its own words, and is a mail never stopped by them?"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as settings_of_project
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid.exceptions import LiquidError

from helpdesk import limits
from helpdesk.wording.liquid import render_written, trouble
from recipients.models import Recipient, User
from tickets.models import Comment, Event, HolidayCalendar, Outbox, Queue, Ticket, TicketSettings, Wording
from tickets.notifications.content import mail_contents
from tickets.notifications.dispatch import announce
from tickets.tests.mails import mail as written
from tickets.tests.mails import take
from tickets.wording.placeholders import placeholders

pytestmark = pytest.mark.django_db

OFFICE = [*[[["08:00", "16:00"]]] * 5, [], []]
AFTER = "We are back on {{ queue.next_opening }}. Hours: {{ queue.hours }}."


@pytest.fixture
def office(queue: Queue) -> Queue:
    """Support with office hours in Rome, and another confirmation outside of them."""
    queue.opening_hours, queue.time_zone = OFFICE, "Europe/Rome"
    queue.save()
    Wording.write(queue, "after_hours", "Closed", AFTER, by=None)
    return queue


def confirmed(ticket: Ticket) -> Outbox:
    """The confirmation of a ticket that was just opened."""
    event = Event(ticket=ticket, kind=Event.Kind.OPENED, comment=ticket.comments.get())
    return next(mail for mail in announce([event]) if mail.kind == "request_received")


@pytest.mark.parametrize(
    ("received", "after_hours"),
    [
        ("2026-03-06T15:59+01:00", False),
        ("2026-03-06T16:01+01:00", True),
        ("2026-03-27T15:59+01:00", False),
        ("2026-03-30T07:30+02:00", True),  # after the clock went ahead; 05:30 on a server in UTC
        ("2026-03-30T08:30+02:00", False),  # 06:30 there
        ("2026-10-26T15:30+01:00", False),
        ("2026-12-24T12:00+01:00", True),  # a day off
    ],
)
def test_outside_the_hours_of_its_zone_a_queue_confirms_otherwise(
    make_ticket: Callable[..., Ticket],
    make_comment: Callable[..., Comment],
    office: Queue,
    received: str,
    after_hours: bool,
) -> None:
    # T07, T09, S62, SC41
    office.holidays = HolidayCalendar.objects.create(name="Ours", own_days="12-24 Christmas Eve")
    office.save()
    at = dt.datetime.fromisoformat(received)
    with time_machine.travel(at, tick=False):
        ticket = make_ticket(queue=office, created_at=at)
        make_comment(ticket, "Where is it?", created_at=at)
        mail = confirmed(ticket)
    assert (f"[#{ticket.number}] Closed" == mail.subject) is after_hours
    assert ("Hours: Mon–Fri 08:00–16:00." in mail.text) is after_hours


def test_without_a_text_for_it_the_confirmation_is_the_same_at_night(ticket: Ticket, queue: Queue) -> None:
    # SC41
    queue.opening_hours = [*[[]] * 6, [["03:00", "03:01"]]]
    queue.save()
    ticket.queue = queue
    assert "We have received your request" in confirmed(ticket).text


def test_without_confirmation_there_is_none_at_night_either(ticket: Ticket, office: Queue) -> None:
    # T07, SC41
    office.confirmation = False
    office.save()
    ticket.queue = office
    event = Event(ticket=ticket, kind=Event.Kind.OPENED, comment=ticket.comments.get())
    assert "request_received" not in [mail.kind for mail in announce([event])]


def test_placeholders_are_filled_in_and_the_tag_is_there(as_ada: Client, ticket: Ticket, queue: Queue) -> None:
    # T06, T11
    page = reverse("settings:wording", args=[queue.pk, "request_received"])
    body = "Dear {{ ticket.contact }},\n{{ ticket.number }} <{{ ticket.status }}>: {{ message.text }}"
    as_ada.post(page, {"subject": "Thank you", "body": body, "do": "save"})
    ticket.refresh_from_db()
    ticket.queue.refresh_from_db()
    mail = confirmed(ticket)
    assert mail.subject == f"[#{ticket.number}] Thank you"
    assert f"Dear Carla Conti,\n{ticket.number} <New>: Where is my invoice?" in mail.text
    assert "&lt;New&gt;" in mail.html


def test_an_answer_has_the_format_of_its_queue(ticket: Ticket, queue: Queue, anna: User, make_comment) -> None:
    # T12, T13
    Wording.write(
        queue, "new_message", "{{ ticket.subject }}", "{{ message.text }}\n{{ agent.name }}, {{ agent.email }}", by=None
    )
    ticket.queue.refresh_from_db()
    text = "It is <on> its way."
    comment = make_comment(
        ticket, text, "agent", html="<p>It is <b>on</b> its way.</p>", agent=anna, author_name="Anna Berg"
    )
    mail = announce([Event(ticket=ticket, kind=Event.Kind.AGENT_MESSAGE, agent=anna, comment=comment)])[0]
    assert mail.text == f"{text}\nAnna Berg, anna@helpdesk.example\n"
    assert "<b>on</b>" in mail.html


def test_a_broken_text_stops_no_mail_and_is_told(as_ada: Client, ticket: Ticket, queue: Queue) -> None:
    # T06
    endless = "{% for a in (1..1000) %}{% for b in (1..1000) %}x{% endfor %}{% endfor %}"
    Wording.write(queue, "request_received", "Hello", endless, by=None)
    ticket.queue.refresh_from_db()
    assert "We have received your request" in confirmed(ticket).text
    assert "Broken" in as_ada.get(reverse("settings:wordings", args=[queue.pk])).content.decode()


def test_administrators_are_told_once_of_each_version_that_is_broken(
    as_ada: Client, ada: User, ticket: Ticket, queue: Queue
) -> None:
    # T06, T11
    setup_page = reverse("setup")
    for number in (1, 2):
        Wording.write(queue, "request_received", "Hello", "{% for a in (1..3000) %}x{% endfor %}", by=None)
        ticket.queue.refresh_from_db()
        confirmed(ticket)
        confirmed(ticket)
        told = Outbox.objects.filter(recipient=ada.email, kind="notice", ticket=None)
        assert told.count() == number
        page = reverse("settings:wording", args=[queue.pk, "request_received"])
        assert page in told.latest("pk").text
        assert page in as_ada.get(setup_page).content.decode()
    Wording.write(queue, "request_received", "", "", by=None)
    assert page not in as_ada.get(setup_page).content.decode()


def test_a_text_is_shown_on_the_ticket_that_is_asked_for(
    as_ada: Client, make_ticket: Callable[..., Ticket], queue: Queue
) -> None:
    # T11
    elsewhere = Queue.objects.create(name="Sales")
    older, _newer = make_ticket("The older one"), make_ticket("The newer one")
    other = make_ticket("Elsewhere", queue=elsewhere)
    page = reverse("settings:wording", args=[queue.pk, "close_warning"])
    text = {"subject": "About {{ ticket.subject }}", "body": "Dear {{ ticket.contact }} of {{ ticket.queue }}"}

    def shown(number: object) -> str:
        return as_ada.post(page, {**text, "do": "preview", "ticket": number}).content.decode()

    assert f"[#{older.number}] About The older one" in shown(f"#{older.number}")
    assert "About The newer one" in shown("")
    assert f"Carla Conti of {queue.name}" in shown(other.number)  # as the queue would say it
    assert "You can see no ticket with this number." in shown(987654)
    assert "srcdoc=" in shown(older.number)


def test_without_a_ticket_the_editor_says_what_to_wait_for(as_ada: Client, queue: Queue) -> None:
    page = as_ada.get(reverse("settings:wording", args=[queue.pk, "summary"])).content.decode()
    assert "There is no ticket yet to preview it with" in page


def test_a_test_mail_goes_to_oneself_and_names_no_ticket(
    as_ada: Client, ada: User, ticket: Ticket, queue: Queue
) -> None:
    # T11; what somebody answers to it must not reach the customer
    page = reverse("settings:wording", args=[queue.pk, "request_received"])
    as_ada.post(page, {"subject": "Thanks", "body": "{{ message.text }} Bye", "do": "test", "ticket": ticket.number})
    mail = Outbox.objects.get()
    assert (mail.recipient, mail.subject, mail.ticket) == (ada.email, "Test: Thanks", None)
    assert "Where is my invoice? Bye" in mail.text
    assert mail.to_staff
    assert not Wording.objects.exists()


@pytest.mark.parametrize("kind", Wording.Kind.values)
def test_every_placeholder_is_documented_and_can_be_read(kind: str) -> None:
    # T11
    documented = (Path(settings_of_project.BASE_DIR) / "docs" / "wording.md").read_text()
    for name, _meaning in placeholders(kind):
        assert f"`{{{{ {name} }}}}`".replace("|", "\\|") in documented
        assert trouble(f"{{{{ {name} }}}}") == ""


def test_agents_are_named_with_their_phone_and_the_last_message_is_quoted(
    ticket: Ticket, queue: Queue, anna: User
) -> None:
    # T11
    anna.phone = "+39 06 1234"
    ticket.assignee = anna
    ticket.comments.update(recipient=ticket.requester)
    Wording.write(queue, "close_warning", "Closing", "{{ agent.phone }}\n{{ quote.text | quoted }}", by=None)
    ticket.queue.refresh_from_db()
    event = Event(ticket=ticket, kind=Event.Kind.CLOSE_WARNED)
    mail = mail_contents("close_warning", event, TicketSettings(), ["carla@acme.example"])["carla@acme.example"]
    assert mail.text.startswith("+39 06 1234\n> Where is my invoice?")


def test_the_editor_says_where_a_text_cannot_be_read(as_ada: Client, queue: Queue) -> None:
    # T23
    page = reverse("settings:wording", args=[queue.pk, "request_received"])
    answer = as_ada.post(page, {"subject": "Hi", "body": "One\n{% if %}", "do": "save"})
    assert answer.status_code == 422
    assert "It has an error at line:column 2:" in answer.content.decode()
    assert "{% if %}" in answer.content.decode()
    assert not Wording.objects.exists()


def test_what_a_mail_is_for_must_be_in_it(as_ada: Client, queue: Queue) -> None:
    page = reverse("settings:wording", args=[queue.pk, "new_message"])
    answer = as_ada.post(page, {"subject": "Hi", "body": "Only a greeting", "do": "save"})
    assert "message.text is missing" in answer.content.decode()


def test_the_editor_shows_the_mail_and_earlier_texts_and_resets(as_ada: Client, ticket: Ticket, queue: Queue) -> None:
    page = reverse("settings:wording", args=[queue.pk, "request_received"])
    as_ada.post(page, {"subject": "One", "body": "First of {{ ticket.subject }}", "do": "save"})
    first = Wording.objects.get()
    as_ada.post(page, {"subject": "Two", "body": "Second", "do": "save"})
    assert "First of Invoice 2024-118" in as_ada.get(page, {"version": first.pk}).content.decode()
    shown = as_ada.post(page, {"subject": "Three", "body": "Never saved {{ ticket.number }}", "do": "preview"})
    assert f"Never saved {ticket.number}" in shown.content.decode()
    as_ada.post(page, {"do": "reset"})
    queue.refresh_from_db()
    assert queue.wording == {"en": {}}


def test_a_summary_has_what_was_said_in_public_in_order(
    as_anna: Client, ticket: Ticket, anna: User, make_comment
) -> None:
    # T14, SC52
    ticket.comments.update(recipient=ticket.requester)
    make_comment(ticket, "Do not tell them.", "note", agent=anna)
    make_comment(ticket, "It left today.", "agent", agent=anna, author_name="Anna Berg")
    make_comment(ticket, "I am a stranger.", is_held=True)
    url = reverse("tickets:summary", args=[ticket.number])
    assert "It left today." in as_anna.get(url).content.decode()
    as_anna.post(url)
    mail = Outbox.objects.get(kind="summary")
    assert mail.recipient == "carla@acme.example"
    assert mail.text.index("Where is my invoice?") < mail.text.index("It left today.")
    assert "Do not tell them." not in mail.text
    assert "stranger" not in mail.text


def test_a_summary_has_nothing_that_an_agent_passed_on(as_anna: Client, ticket: Ticket, make_comment) -> None:
    ticket.comments.update(recipient=ticket.requester)
    make_comment(ticket, "FYI, this one never pays.\n\nWhere is it?")  # no recipient is its writer
    as_anna.post(reverse("tickets:summary", args=[ticket.number]))
    mail = Outbox.objects.get(kind="summary")
    assert "Where is my invoice?" in mail.text
    assert "never pays" not in mail.text


def test_words_about_confirming_are_no_link_to_confirm(queue: Queue) -> None:
    Wording.write(queue, "request_received", "Hello", "This is to confirm that we got your request.", by=None)
    Queue.objects.update(unknown_senders=Queue.UnknownSenders.VERIFY)
    received = take(written("new@person.example"))
    sent = received.ticket.outbox.get(kind="request_received")
    assert "/portal/verify/" in sent.text


def test_nobody_is_told_a_conversation_whose_last_message_they_do_not_know(
    ticket: Ticket, queue: Queue, anna: User, make_comment
) -> None:
    body = "{{ message.text }}\n{{ conversation.text }}"
    Wording.write(queue, "new_message", "{{ ticket.subject }}", body, by=None)
    ticket.queue.refresh_from_db()
    ticket.comments.update(recipient=ticket.requester)
    ticket.participants.add(Recipient.objects.known("other@else.example", ""))
    comment = make_comment(ticket, "It is on its way.", "agent", agent=anna, author_name="Anna Berg")
    mails = announce([Event(ticket=ticket, kind=Event.Kind.AGENT_MESSAGE, agent=anna, comment=comment)])
    told = {each.recipient: "Where is my invoice?" in each.text for each in mails}
    assert (told["carla@acme.example"], told["other@else.example"]) == (True, False)


def test_what_is_not_to_be_repeated_is_in_no_conversation_either(ticket: Ticket, queue: Queue) -> None:
    Wording.write(queue, "request_received", "Hello", "Thank you. {{ conversation.text }}", by=None)
    ticket.queue.refresh_from_db()
    ticket.comments.update(recipient=ticket.requester)
    for echo in (True, False):
        event = Event(ticket=ticket, kind=Event.Kind.OPENED, comment=ticket.comments.get())
        mails = announce([event], TicketSettings(echo_request=echo))
        sent = next(each for each in mails if each.kind == "request_received")
        assert ("Where is my invoice?" in sent.text) is echo


names = st.sampled_from(["ticket", "ticket.subject", "message", "settings", "ticket.__class__", "x", "message.html"])
parts = st.sampled_from(
    [
        "{{ %s }}",
        "{{ %s | safe }}",
        "{{ %s | quoted }}",
        "{%% for x in %s %%}",
        "{%% endfor %%}",
        "{{ %s | upcase",
        "<b>%s</b>",
    ]
)


@settings(max_examples=50)
@given(st.lists(st.tuples(parts, names), max_size=6))
def test_no_text_escapes_runs_away_or_tells_a_secret(pieces: list[tuple[str, str]]) -> None:
    body = "".join(part.replace("%s", name) for part, name in pieces)
    evil = "<script>alert(1)</script>"
    values = {"ticket": {"subject": evil, "tag": "[#1]"}, "message": {"text": evil, "html": ""}}
    try:
        mail = render_written("Hello", body, "en", values)
    except LiquidError:
        return
    assert "<script" not in mail.html
    assert "SECRET" not in mail.text
    assert "class '" not in mail.text


def test_the_settings_of_tickets_still_silence_everything(ticket: Ticket, office: Queue) -> None:
    ticket.queue = office
    event = Event(ticket=ticket, kind=Event.Kind.OPENED, comment=ticket.comments.get())
    assert announce([event], TicketSettings(notifications=False)) == []


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        ("{{ ticket.nummer }} {{ message.text }}", "ticket.nummer"),
        ("{% if tickets.number %}{{ message.text }}{% endif %}", "tickets.number"),
        ('{{ message.text }} {{ ticket.fields["Of nobody"] }}', "ticket.fields.Of nobody"),
        ("{% assign name = ticket.number %}{{ name }} {{ message.files.size }} {{ message.text }}", ""),
        ("{% if message %}{{ quote.author }} {{ company.name }}{% endif %}", ""),
    ],
)
def test_a_placeholder_that_stands_for_nothing_is_named_before_customers_get_a_gap(
    as_ada: Client, ticket: Ticket, queue: Queue, body: str, unknown: str
) -> None:
    # T11
    page = reverse("settings:wording", args=[queue.pk, "request_received"])
    said = as_ada.post(page, {"subject": "Thanks", "body": body, "do": "save"}, follow=True).content.decode()
    assert (f"Nothing is called “{unknown}” in this mail." in said) == bool(unknown)
    assert Wording.objects.exists() != bool(unknown)


@pytest.mark.parametrize("kind", Wording.Kind.values)
def test_every_built_in_text_may_be_saved_as_it_is(as_ada: Client, queue: Queue, kind: str) -> None:
    page = reverse("settings:wording", args=[queue.pk, kind])
    for queue.language in ("de", "ru"):
        queue.save()
        form = as_ada.get(page).context["form"].initial
        assert as_ada.post(page, form | {"do": "save"}).status_code == 302


def test_test_mails_to_oneself_have_a_limit(as_ada: Client, ada: User, queue: Queue, ticket: Ticket) -> None:
    limits.TEST_MAILS.count(ada.email, times=limits.TEST_MAILS.amount - 1)
    page = reverse("settings:wording", args=[queue.pk, "request_received"])
    typed = {"subject": "Thanks", "body": "{{ message.text }}", "do": "test"}
    assert "is on its way" in as_ada.post(page, typed).content.decode()
    refused = as_ada.post(page, typed).content.decode()
    assert "You have sent yourself 30 test emails within an hour." in refused
    assert "{{ message.text }}" in refused
    again = as_ada.post(reverse("settings:queue_example_send", args=[queue.pk]), follow=True)
    assert "You have sent yourself 30 test emails" in again.content.decode()
    assert Outbox.objects.filter(recipient=ada.email).count() == 1
