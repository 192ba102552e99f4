"""However mails come together, they end as if each had come alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, models, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpdesk import limits
from helpdesk.database.together import next_keys
from mailboxes.inbound import pipeline
from mailboxes.inbound.pipeline import process_batch
from mailboxes.inbound.take_in import take_in
from mailboxes.models import InboundEmail, Mailbox, Outcome, save_with_address
from mailboxes.tests.mails import SUPPORT, bounce, mail
from mailboxes.tests.people import authorise, company, customer
from recipients.models import Customer, CustomerAddress, DenyRule, Recipient, User
from tickets.models import Attachment, Comment, Event, MailReference, Outbox, Queue, Rule, Ticket, TicketSettings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("people_of_every_sort")]

FIRST = 7000  # a number that stands nowhere else in what is compared
PEOPLE = {
    "carla": "Carla Conti <carla@acme.example>",
    "her other name": "C. Conti <carla@acme.example>",
    "paired": "pat@elsewhere.example",
    "bob of acme": "Bob <bob@acme.example>",
    "new": "new@fresh.example",
    "new, named": "Nova New <new@fresh.example>",
    "colleague of new": "Ned <ned@fresh.example>",
    "google": "G. Mail <g.mail@gmail.com>",
    "google, too": "gmail@googlemail.com",
    "shared": "info@shared.example",
    "form": "Shop <form@shop.example>",
    "banned": "mallory@banned.example",
    "agent": "Anna Berg <anna@helpdesk.example>",
    "mute": "mute@acme.example",
    "nobody": "",
}
KINDS = ("new", "by header", "by tag", "by tag alone", "seems to answer", "again", "denied", "absent", "bounce", "list")


@dataclass(frozen=True)
class Written:
    """One mail: by whom, of which kind, and about which mail or ticket before it."""

    sender: str
    kind: str
    about: int = 0
    cc: str = ""
    more: str = ""

    def raw(self, number: int, before: Sequence[bytes], first: int) -> bytes:
        """Its bytes, as the mail of that number, in a house whose first ticket is `first`."""
        about = self.about % max(number, 1)
        headers = {
            "From": PEOPLE[self.sender],
            "To": f"{SUPPORT}, {PEOPLE.get(self.cc) or SUPPORT}",
            "Cc": PEOPLE.get(self.more, ""),
            "Message-ID": f"<{number}@mails.example>",
            "Subject": f"Subject {number % 3}",
            "Reply-To": "Vera <visitor@web.example>" if self.sender == "form" else "",
        }
        match self.kind:
            case "by header":
                headers |= {"Subject": f"Re: Subject {about % 3}", "In-Reply-To": f"<{about}@mails.example>"}
            case "by tag" | "absent":
                headers |= {"Subject": f"Re: [#{first + self.about % 4}] Subject {about % 3}"}
            case "by tag alone":
                headers |= {"Subject": f"[#{first + self.about % 4}] Quite another thing"}
            case "seems to answer":
                headers |= {"Subject": f"Re: Subject {self.about % 3}"}
            case "again" if before:
                return before[about]
            case "denied":
                headers |= {"Subject": "Buy pills"}
            case "bounce":
                report = bounce(["carla@acme.example", "new@fresh.example"][self.about % 2])
                return re.sub(rb"bounce-\d+@", b"bounce-%d@" % number, report)
            case "list":
                headers |= {"List-Id": "<a.list.example>", "List-Unsubscribe": "<https://list.example>"}
        if self.kind == "absent":
            headers["Auto-Submitted"] = "auto-replied"
        return mail("The same words.", **headers)


written = st.builds(
    Written,
    st.sampled_from(list(PEOPLE)),
    st.sampled_from(KINDS),
    st.integers(0, 7),
    st.sampled_from(["", *PEOPLE]),
    st.sampled_from(["", "new", "colleague of new", "carla"]),
)
houses = st.fixed_dictionaries(
    {
        "auto_add": st.booleans(),
        "unknown_senders": st.sampled_from(Queue.UnknownSenders.values),
        "reply_sender_check": st.sampled_from(TicketSettings.ReplySenderCheck.values),
        "automatic_mails_per_hour": st.sampled_from([1, 2, 20]),
    }
)
HOUSE = {"auto_add": True, "unknown_senders": "verify", "reply_sender_check": "hold", "automatic_mails_per_hour": 2}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    [
        Written("new", "new"),
        Written("colleague of new", "new"),
        Written("new, named", "by header"),
        Written("new", "again"),
    ],
    [4],
    HOUSE,
)
@example(
    [Written("new", "new", cc="bob of acme"), Written("bob of acme", "by header"), Written("new", "absent")], [3], HOUSE
)
@given(st.lists(written, min_size=2, max_size=8), st.lists(st.integers(1, 8), min_size=1, max_size=4), houses)
def test_any_split_into_batches_gives_the_same_database(
    mails: list[Written], split: list[int], house: dict[str, Any]
) -> None:
    alone = ending(mails, [1], house)
    assert ending(mails, split, house) == alone


@pytest.fixture
def people_of_every_sort(anna: User, carla: Customer, support_address: Mailbox) -> None:
    """People of every sort."""
    other = company("Elsewhere", "office@elsewhere.example")
    authorise(other, "agent@far.example")
    second = customer("Second", "second@two.example")
    Recipient.objects.create(address="pat@elsewhere.example", name="Pat", customer=other)
    Recipient.objects.create(address="info@shared.example", shared=True)
    Recipient.objects.create(address="form@shop.example", shared=True, is_form=True)
    Recipient.objects.create(address="mallory@banned.example", banned=True)
    Recipient.objects.create(address="mute@acme.example", undeliverable=True)
    DenyRule.objects.create(text="buy pills", where=DenyRule.Where.SUBJECT, how=DenyRule.How.CONTAINS)
    rule("subject", "contains", "ject 1", ("tags", ["one", "two"]), ("priority", 4), ("notify_only", [anna.pk]))
    rule("sender", "contains", "ned@", ("delete", None))
    rule("customer_kind", "is", "customer", ("tags", ["known"]), ("assignee", anna.pk))
    rule("sender_domain", "is", "shared.example", ("customer", second.pk), ("no_confirmation", None))


def rule(field: str, how: str, value: str, *actions: tuple[str, Any]) -> None:
    Rule.objects.create(
        name=field,
        conditions=[{"field": field, "how": how, "value": value}],
        actions=[{"do": do, "value": wanted} for do, wanted in actions],
    )


@pytest.fixture
def support_address(queue: Queue) -> Mailbox:
    mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_username="support")
    save_with_address(mailbox, SUPPORT, queue)
    return mailbox


def ending(mails: Sequence[Written], split: Sequence[int], house: dict[str, Any]) -> dict[str, Any]:
    """What is in the database when `mails` were processed in batches of these sizes; nothing of it stays there."""
    cache.clear()
    with time_machine.travel("2026-11-20T12:00:00+00:00", tick=False), transaction.atomic():
        try:
            return _ending(mails, split, house)
        finally:
            transaction.set_rollback(True)


def _ending(mails: Sequence[Written], split: Sequence[int], house: dict[str, Any]) -> dict[str, Any]:
    Queue.objects.update(auto_add=house["auto_add"], unknown_senders=house["unknown_senders"])
    chosen = {name: house[name] for name in ("reply_sender_check", "automatic_mails_per_hour")}
    TicketSettings.objects.update_or_create(pk=1, defaults=chosen)
    (first,) = next_keys(Ticket, 1)
    if first < FIRST:
        first = next_keys(Ticket, FIRST)[-1]
    raws: list[bytes] = []
    for number, each in enumerate(mails):
        raws.append(each.raw(number, raws, first + 1))
    mailbox = Mailbox.objects.get()
    waiting = [(take_in(raw, mailbox=mailbox), raw) for raw in raws]
    sizes = [*split, *[split[-1]] * len(mails)]
    while waiting:
        size = sizes.pop(0)
        process_batch(waiting[:size])
        del waiting[:size]
    return _everything(first)


def _everything(first: int) -> dict[str, Any]:
    """Every row of what mails write, by what it says: keys, random tokens and the order of equals left out."""
    rows: dict[type[models.Model], tuple[str, ...]] = {
        InboundEmail: ("ticket", "comment", "duplicate_of"),
        Ticket: ("requester", "customer", "follow_up_of", "may_follow", "participants"),
        Comment: ("ticket", "recipient"),
        Event: ("ticket", "recipient", "comment"),
        Outbox: ("ticket", "comment"),
        MailReference: ("ticket", "comment"),
        Attachment: ("comment",),
        Recipient: ("customer",),
        Customer: ("company",),
        CustomerAddress: ("customer",),
        DenyRule: (),
        Rule: (),
    }
    ranks = {
        model: {pk: rank for rank, pk in enumerate(model._default_manager.order_by("pk").values_list("pk", flat=True))}
        for model in (InboundEmail, Comment, Customer)
    }

    def said(row: models.Model) -> str:
        fields = []
        for field in row._meta.concrete_fields:
            value = field.value_from_object(row)
            if field.primary_key or field.name in ("token", "fingerprint", "raw_sha256", "digest"):
                continue
            if field.is_relation and field.related_model in ranks and value is not None:
                value = ranks[field.related_model][value]
            elif field.is_relation and field.related_model is Recipient and value is not None:
                value = getattr(row, field.name).address
            fields.append(f"{field.name}={value!r}")
        if isinstance(row, Ticket):
            fields.append(f"number={row.pk} in_cc={sorted(each.address for each in row.participants.all())}")
            fields.append(f"tags={[tag.name for tag in row.tags.all()]}")
        text = re.sub(
            r"\?message=\d+#message-\d+|#message-\d+|/verify/[^\s\"<]+|mail log|'customer': \d+|entry \d+",
            "",
            " ".join(fields),
        )
        return re.sub(r"\d{4,}", lambda found: _number(int(found[0]), first), text)

    return {model.__name__: sorted(said(row) for row in model._default_manager.order_by("pk")) for model in rows}


def _number(found: int, first: int) -> str:
    return f"T{found - first}" if first < found <= first + 20 else str(found)


def test_a_mail_that_crashes_is_taken_out_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    # L02
    def receive(context: Any, real: Any = pipeline.receive) -> Any:
        return 1 / 0 if context.mail.subject == "Bad" else real(context)

    monkeypatch.setattr(pipeline, "receive", receive)
    raws = [mail(subject=subject) for subject in ("One", "Bad", "Two", "Bad", "Three")]
    rows = process_batch([(take_in(raw), raw) for raw in raws])
    assert [row.outcome for row in rows] == [
        Outcome.TICKET,
        Outcome.FAILED,
        Outcome.TICKET,
        Outcome.FAILED,
        Outcome.TICKET,
    ]
    assert "ZeroDivisionError" in InboundEmail.objects.get(pk=rows[1].pk).traceback
    assert [ticket.subject for ticket in Ticket.objects.order_by("pk")] == ["One", "Two", "Three"]


def test_a_batch_that_cannot_be_written_is_done_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Outbox.objects.bulk_create

    def refuse(mails: list[Outbox], **options: Any) -> list[Outbox]:
        if any("Bad" in each.subject for each in mails):
            raise ValueError("This cannot be written.")
        return real(mails, **options)

    monkeypatch.setattr(Outbox.objects, "bulk_create", refuse)
    raws = [mail(subject=subject) for subject in ("One", "Bad", "Two")]
    rows = process_batch([(take_in(raw), raw) for raw in raws])
    assert [row.outcome for row in rows] == [Outcome.TICKET, Outcome.FAILED, Outcome.TICKET]
    assert Ticket.objects.count() == 2
    assert Comment.objects.count() == 2


def test_what_is_counted_is_counted_once_however_often_a_batch_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = pipeline.update_each, ["lost"]

    def lose(rows: Any, fields: Any) -> None:
        if failures:
            raise IntegrityError(failures.pop())
        real(rows, fields)

    monkeypatch.setattr(pipeline, "update_each", lose)
    raws = [mail(subject="Subject 1", From=f"{name}@fresh.example") for name in ("one", "two")]
    process_batch([(take_in(raw), raw) for raw in raws])
    assert Rule.objects.get(name="subject").hits == 2
    assert [limits.ANSWERS_STRANGERS.left("fresh.example", uncounted=more) for more in (57, 58)] == [True, False]


def test_a_batch_asks_once_that_its_tickets_are_given_out(django_capture_on_commit_callbacks: Any) -> None:
    Queue.objects.update(assigning=Queue.Assigning.IN_TURN)
    raws = [mail() for _each in range(5)]
    with django_capture_on_commit_callbacks() as asked:
        process_batch([(take_in(raw), raw) for raw in raws])
    assert len(asked) == 1


def test_the_files_of_a_batch_are_stored_together_and_each_once() -> None:
    raws = []
    for names in (("a", "b", "a"), ("c", "a"), ("d",)):
        written = EmailMessage()
        written["From"], written["To"], written["Subject"] = "carla@acme.example", SUPPORT, " ".join(names)
        written.set_content("Please see the files.")
        for name in names:
            written.add_attachment(name.encode() * 1000, maintype="application", subtype="x-any", filename=name)
        raws.append(written.as_bytes())
    process_batch([(take_in(raw), raw) for raw in raws])
    files = Attachment.objects.order_by("comment", "pk")
    assert [each.name for each in files] == ["a", "b", "a", "c", "a", "d"]
    assert all(each.read() == each.name.encode() * 1000 for each in files)
    assert len({each.path for each in files}) == 4
