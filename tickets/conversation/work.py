"""The work on mails: what deciding about them has to read, and what they make, until it is written.

For one mail, each row is written when it is needed. For several that are taken in together, what is read for one is
read for all; what they make is kept in memory, where the next one finds it; and each table is written once.
"""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import Any

from django.utils import timezone

from helpdesk.database.together import Together, next_keys, update_each
from recipients.matching.directory import look_up, look_up_many
from recipients.matching.match import Directory
from recipients.models import Customer, Pairing, Recipient, RecognitionSettings
from tickets.conversation.people import People
from tickets.models import Comment, Event, File, MailReference, Outbox, Tag, Ticket, TicketSettings
from tickets.models.work.attachment import save_all_attachments
from tickets.models.work.sender_requests import WAITS, is_waiting
from tickets.models.work.visibility import TicketQuerySet
from tickets.notifications.dispatch import Dispatch


class Work:
    """One transaction's work: on one mail, or, `together`, on several in their order. Changes nothing before `write`.

    Whoever writes rows of these tables otherwise calls `write` before, so that the rows are in order.
    """

    def __init__(
        self,
        settings: TicketSettings | None = None,
        recognition: RecognitionSettings | None = None,
        *,
        together: int = 1,
    ) -> None:
        """`together`: how many mails; `settings` and `recognition` are read when they are needed if not given."""
        self.people = People()
        self.notices = Dispatch(settings)
        self.directories: Together[str, Directory] = Together(self._look_up)
        self.tickets: Together[int, Ticket] = Together(self._locked)
        self.references: Together[str, dict[int, str]] = Together(self._referred)
        self.ours: Together[str, Outbox] = Together(_ours)
        self.alike: Together[tuple[str, str], Ticket] = Together(_alike)
        self.customers: Together[int, Customer] = Together(lambda keys: Customer.objects.in_bulk(list(keys)))
        self.pairings: Together[int, Pairing] = Together(_pairings)
        self._recognition = recognition
        self._mails = together
        self._numbers: list[int] = []  # for comments
        self._opened: list[Ticket] = []
        self._changed: dict[int, Ticket] = {}
        self._fields: set[str] = set()
        self._said: list[Comment] = []
        self._touched: dict[int, Ticket] = {}  # also when they are written
        self._named: dict[str, dict[int, str]] = {}  # as `references`
        self._references: list[MailReference] = []
        self._tagged: list[tuple[Ticket, Collection[str]]] = []
        self._files: list[tuple[Comment, Collection[File], bool]] = []
        self._at_the_end: list[Callable[[], object]] = []

    @cached_property
    def recognition(self) -> RecognitionSettings:
        return self._recognition or RecognitionSettings.load()

    def open(self, ticket: Ticket) -> None:
        """Give the new `ticket` its number, and keep it."""
        if self._mails > 1:
            ticket.pk = next_keys(Ticket, 1)[0]
            self.tickets.put(ticket.pk, ticket)
        ticket.follow_due()
        self._opened.append(ticket)
        self._write_if_alone()
        self._touched[ticket.pk] = ticket

    def tag(self, ticket: Ticket, names: Collection[str]) -> None:
        """Keep the tags of a new ticket."""
        if names:
            self._tagged.append((ticket, names))
            self._write_if_alone()

    def changed(self, ticket: Ticket, *fields: str) -> None:
        """Keep these fields of a ticket, which is locked, and that it was changed now."""
        ticket.updated_at = timezone.now()
        self.keep(ticket, *fields, *ticket.follow_due(), "updated_at")

    def keep(self, ticket: Ticket, *fields: str) -> None:
        """Keep these fields of a ticket, which is locked."""
        self._touched[ticket.pk] = ticket
        if ticket not in self._opened:
            self._changed[ticket.pk] = ticket
            self._fields.update(fields)

    def say(self, comment: Comment, digest: str, files: Collection[File], *, inline: bool = True) -> None:
        """Keep a new comment with its files, and that the Message-ID of that digest is its ticket's."""
        if self._mails > 1:
            self._numbers = self._numbers or next_keys(Comment, self._mails)
            comment.pk = self._numbers.pop(0)
        self._named.setdefault(digest, {})[comment.ticket.pk] = comment.subject
        self._said.append(comment)
        self._references.append(MailReference(digest=digest, ticket=comment.ticket, comment=comment))
        if files:
            self._files.append((comment, files, inline))
        self._write_if_alone()

    def holding(self, digest: str) -> dict[int, str]:
        """The tickets that hold a mail with the id of that digest, oldest first, each with the subject of that mail."""
        found = (self.references.get(digest) or {}) | self._named.get(digest, {})
        return dict(sorted(found.items()))

    def open_ticket_like(self, requester: str, bare_subject: str) -> Ticket | None:
        """The newest open ticket of that requester's address and bare subject."""
        found = self.alike.get((requester, bare_subject))
        same = [found] if found and found.pk not in self._touched else []
        same += [each for each in self._touched.values() if _is_like(each, requester, bare_subject)]
        return max((each for each in same if each.is_unsolved), key=lambda each: each.pk, default=None)

    def pairing(self, recipient: int) -> Pairing | None:
        """The pairing of the recipient with that key that has not ended."""
        self.pairings.expect(row.pk for row in self.people.writers.known() if row.customer_id)
        return self.pairings.get(recipient)

    def announce(self, events: Collection[Event]) -> None:
        """Keep what happened, and the mails that it calls for."""
        self.notices.announce(list(events))

    def reachable(self, recipient: Recipient) -> None:
        """Who writes can be reached again, whatever bounced before."""
        recipient.mark_reachable()
        self.notices.gate.undeliverable.discard(recipient.address)

    def undeliverable(self, address: str, name: str, reason: str) -> None:
        """Nothing automatic is sent there until a mail comes from there."""
        self.write()
        recipient = Recipient.objects.known(address, name)
        recipient.mark_undeliverable(reason)
        if known := self.people.rows.peek(address):
            known.undeliverable, known.undeliverable_reason = True, recipient.undeliverable_reason
        self.notices.gate.undeliverable.add(address)

    def at_the_end(self, act: Callable[[], object], *, once: bool = False) -> None:
        """Do this when all is written: what changes a row that every mail may change holds it for a moment only.

        `once`: however often it is asked for.
        """
        if not once or act not in self._at_the_end:
            self._at_the_end.append(act)

    def write(self) -> None:
        """Write what is kept, each table once. Events and mails wait for the end, as nobody else reads them."""
        self.people.write()
        opened, said, references, files = self._opened, self._said, self._references, self._files
        tagged, self._tagged = self._tagged, []
        changed, fields = sorted(self._changed.items()), self._fields
        self._opened, self._said, self._references, self._files = [], [], [], []
        self._changed, self._fields = {}, set()
        if opened:
            Ticket.objects.bulk_create(opened)
        if tagged:
            add_tags(tagged)
        update_each([ticket for _number, ticket in changed], fields)
        if said:
            Comment.objects.bulk_create(said)
        if references:
            MailReference.objects.bulk_create(references, ignore_conflicts=True)
        if files:
            save_all_attachments(files)

    def finish(self) -> None:
        """Write everything."""
        self.write()
        self.notices.write()
        for act in self._at_the_end:
            act()
        self._at_the_end = []

    def _write_if_alone(self) -> None:
        if self._mails == 1:
            self.write()

    def _look_up(self, addresses: Collection[str]) -> dict[str, Directory]:
        if len(addresses) == 1:
            found = {address: look_up(address, self.recognition) for address in addresses}
        else:
            found = look_up_many(addresses, self.recognition)
        for directory in found.values():
            self.customers.expect(directory.customers)
        return found

    def _referred(self, digests: Collection[str]) -> dict[str, dict[int, str]]:
        """Digest → the tickets that hold a mail with that id, oldest first, each with the subject of that mail."""
        found: dict[str, dict[int, str]] = {}
        rows = MailReference.objects.filter(digest__in=digests).order_by("ticket_id")
        for key, number, subject in rows.values_list("digest", "ticket_id", "comment__subject"):
            found.setdefault(key, {})[number] = subject or ""  # of a mail that stands for no comment
            self.tickets.expect([number])
        return found

    def _locked(self, numbers: Collection[int]) -> dict[int, Ticket]:
        """Those that exist, locked. One that was merged is only read: what is done is done to its survivor."""
        found = {ticket.pk: ticket for ticket in _asked(numbers).not_merged().locked()}
        if others := set(numbers) - found.keys():
            found |= {ticket.pk: ticket for ticket in _asked(others)}
        if torn := [pk for pk, ticket in found.items() if _is_torn(ticket, was_locked=pk not in others)]:
            found |= {ticket.pk: ticket for ticket in _asked(torn).not_merged().locked()}
        for ticket in found.values():
            ticket.requester = self.people.same(ticket.requester)
        return found


def _asked(numbers: Iterable[int]) -> TicketQuerySet:
    tickets = Ticket.objects.filter(pk__in=numbers).select_related("queue", "requester", "customer")
    return tickets.annotate(**{WAITS: is_waiting()})


def _is_torn(ticket: Ticket, *, was_locked: bool) -> bool:
    """Whether it got another queue, requester or customer while its lock was waited for.

    PostgreSQL reads the row anew then, and joins it with the rows that it had been joined with before: one in another
    queue is left out, and another requester or customer is none.
    """
    if not was_locked:
        return not ticket.is_merged
    return bool(ticket.requester_id and not ticket.requester) or bool(ticket.customer_id and not ticket.customer)


def _is_like(ticket: Ticket, requester: str, bare_subject: str) -> bool:
    return bool(ticket.requester and ticket.requester.address == requester and ticket.bare_subject == bare_subject)


def _ours(tokens: Collection[str]) -> dict[str, Outbox]:
    texts = [f"comment__{name}" for name in ("text", "html", "reply", "quoted")]
    found = Outbox.objects.filter(token__in=tokens).select_related("comment").defer(*texts)
    return {mail.token: mail for mail in found}


def _alike(asked: Collection[tuple[str, str]]) -> dict[tuple[str, str], Ticket]:
    """Requester's address and bare subject → the newest open ticket with both."""
    addresses, subjects = {address for address, _subject in asked}, {subject for _address, subject in asked}
    same = Ticket.objects.filter(requester__address__in=addresses, bare_subject__in=subjects).unsolved()
    found: dict[tuple[str, str], Any] = {}
    for ticket in same.select_related("requester").order_by("pk"):
        found[ticket.requester.address if ticket.requester else "", ticket.bare_subject] = ticket
    return found


def _pairings(recipients: Collection[int]) -> dict[int, Pairing]:
    pairings = Pairing.objects.filter(recipient__in=recipients, ended_at__isnull=True).order_by("-pk")
    return {pairing.recipient_id: pairing for pairing in pairings}


def add_tags(tickets: Collection[tuple[Ticket, Collection[str]]]) -> None:
    """Give each of the new tickets its tags; those that are new are made. Three queries for all."""
    names = sorted({name for _ticket, of in tickets for name in of})
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    tags = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    through = Ticket.tags.through
    through._default_manager.bulk_create(
        [through(ticket_id=ticket.pk, tag_id=tags[name]) for ticket, of in tickets for name in of],
        ignore_conflicts=True,  # it may have one by hand
    )
