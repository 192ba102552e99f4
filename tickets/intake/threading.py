"""Threading: the ticket that a mail belongs to, by tags, signed ids of ours, and ids of mails that a ticket holds.

Body text never threads, and who may write on the ticket is another question (`tickets.intake.receiving`). At most three
queries for a ticket that was not merged, however many ids the mail names; the ticket comes back locked.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _

from recipients.addressing.normalise import is_same_mailbox, normalise
from tickets.conversation.work import Work
from tickets.intake.arrival import Arrival, IncomingMail
from tickets.models import Comment, MailReference, Outbox, Ticket, TicketSettings
from tickets.text import references
from tickets.text.references import Token
from tickets.text.subjects import have_words_in_common, is_same

#: Ids of one mail that are looked at: its In-Reply-To, then its References from the newest to the oldest.
MOST_IDS = 50
#: Merges that are followed; each is one query more.
_LONGEST_CHAIN = 20


class ThreadedBy(StrEnum):
    """What made a mail part of a ticket."""

    TAG = "tag"
    HEADER = "header"
    ADDRESS = "address"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a mail belongs: to `ticket`; or to a new one (`ticket` is None) that may be the `follow_up_of` another.

    `answered` is the mail of ours about that ticket that it answers, named by a token whose signature was verified.
    `may_follow` is a ticket that it perhaps belongs to, though it names none that we know.
    `by_tag_alone`: nothing but the number in its subject, which anybody may know, says that it belongs there; not even
    the other words of the subject if it `is_another_subject`.
    `reason` is one sentence for the mail log, "" if the mail names no ticket.
    """

    ticket: Ticket | None = None
    by: ThreadedBy | None = None
    answered: Outbox | None = None
    follow_up_of: Ticket | None = None
    may_follow: Ticket | None = None
    by_tag_alone: bool = False
    is_another_subject: bool = False
    reason: str = ""


def find_thread(mail: IncomingMail, arrival: Arrival) -> Thread:
    """The ticket that `mail` belongs to, locked; must be called in a transaction (S17)."""
    clues = _clues(mail, arrival)
    tickets = _tickets(clues.numbers, arrival.work)
    for by, number in clues.in_order():
        named = tickets.get(number)
        ticket = _survivor(named, arrival.work) if named else None
        if named is None or ticket is None:
            continue
        answered = clues.answered(ticket, number, normalise(mail.author.address))
        if by is ThreadedBy.HEADER and not _speaks_of_the_same(mail, named, answered, clues):
            return Thread(follow_up_of=ticket, reason=_reason("follow_up", ticket))
        if is_closed_for_good(ticket, arrival.received_at):
            return Thread(follow_up_of=ticket, reason=_reason("too_late", ticket))
        alone = by is ThreadedBy.TAG and answered is None and not clues.has_more_than_tag(number)
        other = alone and not _has_to_do_with(mail, named)
        return Thread(ticket, by, answered, by_tag_alone=alone, is_another_subject=other, reason=_reason(by, ticket))
    return _seems_to_answer(mail, arrival.work)


def _seems_to_answer(mail: IncomingMail, work: Work) -> Thread:
    """The open ticket of the same sender and subject, if it is an answer: to a mail that we never saw. One query."""
    asked = _asks_for(mail)
    same = work.open_ticket_like(*asked) if asked else None
    return Thread(may_follow=same, reason=_reason("perhaps", same) if same else "")


def _asks_for(mail: IncomingMail) -> tuple[str, str] | None:
    """Sender and bare subject of what looks like an answer."""
    author, subject = normalise(mail.author.address), mail.bare_subject[:500]
    before = _folded(mail.subject).partition(subject)[0] if subject else ""
    if not author or mail.is_automatic or not (":" in before or "：" in before):
        return None
    return author, subject


def _folded(subject: str) -> str:
    return references.untagged(subject).casefold()


def thread_of(number: int, at: datetime) -> Thread:
    """Where a message belongs that was written on the page of ticket `number`, locked; to nothing if that is gone."""
    ticket = living(number, Work())
    if ticket is None:
        return Thread()
    if is_closed_for_good(ticket, at):
        return Thread(follow_up_of=ticket, reason=_reason("too_late", ticket))
    return Thread(ticket, ThreadedBy.PAGE, reason=_reason(ThreadedBy.PAGE, ticket))


def is_closed_for_good(ticket: Ticket, at: datetime) -> bool:
    """Whether what is written at that time opens a follow-up of `ticket`. One query if it is closed."""
    if not ticket.is_closed or ticket.closed_at is None:
        return False
    days = TicketSettings.load().match_closed_for_days
    return days is not None and at > ticket.closed_at + timedelta(days=days)


@dataclass(slots=True)
class _Clues:
    """Everything in a mail that names tickets, verified; `numbers` of each kind in the order in which they count."""

    tags: list[int]
    address_tokens: list[Token]
    header_tokens: list[Token]
    headers: list[int] = field(default_factory=list)
    outbox: dict[str, Outbox] = field(default_factory=dict)
    subjects: dict[int, set[str]] = field(default_factory=dict)  # of the mails that are answered, by ticket

    @property
    def numbers(self) -> set[int]:
        return {number for _by, number in self.in_order()}

    def in_order(self) -> Iterable[tuple[ThreadedBy, int]]:
        yield from ((ThreadedBy.TAG, number) for number in self.tags)
        yield from ((ThreadedBy.ADDRESS, token.ticket) for token in self.address_tokens if token.ticket)
        yield from ((ThreadedBy.HEADER, number) for number in self.headers)

    def has_more_than_tag(self, number: int) -> bool:
        return any(number == other for by, other in self.in_order() if by is not ThreadedBy.TAG)

    def answered(self, ticket: Ticket, number: int, author: str) -> Outbox | None:
        """The mail about this ticket that is answered: one that was sent to the author, if there is one."""
        tokens = [*self.header_tokens, *self.address_tokens]
        about = [token.text for token in tokens if token.ticket in (number, ticket.pk)]
        mails = [self.outbox[text] for text in about if text in self.outbox]
        return next((mail for mail in mails if is_same_mailbox(mail.recipient, author)), mails[0] if mails else None)


def expect(mail: IncomingMail, sent_to: Iterable[str], work: Work) -> None:
    """That `find_thread` is going to be asked for `mail`, after others: what it needs is read with what they need."""
    ids, by_address = _ids(mail), _tokens_of(sent_to)
    tokens = [token for token in (*ids.values(), *by_address) if token]
    work.references.expect(digest(each) for each, token in ids.items() if token is None)
    work.ours.expect(token.text for token in tokens)
    work.tickets.expect({*references.tagged(mail.subject)[:MOST_IDS], *(t.ticket for t in tokens if t.ticket)})
    if not ids and not by_address and (asked := _asks_for(mail)):
        work.alike.expect([asked])


def _ids(mail: IncomingMail) -> dict[str, Token | None]:
    """The ids that the mail names, with the tokens of those that are ours."""
    ids = list(dict.fromkeys([*mail.in_reply_to, *reversed(mail.references)]))[:MOST_IDS]
    return {each: references.read_message_id(each, settings.REFERENCE_KEYS) for each in ids}


def _tokens_of(addresses: Iterable[str]) -> list[Token]:
    read = (references.read_reply_address(address, settings.REFERENCE_KEYS) for address in addresses)
    return [token for token in read if token]


def _clues(mail: IncomingMail, arrival: Arrival) -> _Clues:
    """Two queries at most: our mails by their tokens, and other mails by their ids."""
    work, ours = arrival.work, _ids(mail)
    clues = _Clues(
        tags=references.tagged(mail.subject)[:MOST_IDS],
        address_tokens=_tokens_of(arrival.sent_to),
        header_tokens=[token for token in ours.values() if token],
    )
    work.references.expect(digest(each) for each, token in ours.items() if token is None)
    work.references.settle()  # the tickets that later mails answer are locked with those of the first, by number
    for each, token in ours.items():
        found = {} if token else work.holding(digest(each))
        clues.headers += [token.ticket] if token and token.ticket else found
        for number, subject in found.items():
            clues.subjects.setdefault(number, set()).add(subject)
    if tokens := {token.text for token in (*clues.header_tokens, *clues.address_tokens)}:
        found_mails = work.ours.get_all(sorted(tokens))
        clues.outbox = {each.token: each for each in found_mails if each}
    return clues


def digest(message_id: str) -> str:
    """How a Message-ID is found in `MailReference`."""
    return hashlib.sha256(message_id.strip(" <>").encode("utf-8", "replace")).hexdigest()


def made_of(message_id: str) -> Comment | None:
    """The message with this Message-ID, if there is one: what an earlier sending of a form made. One query."""
    known = MailReference.objects.filter(digest=digest(message_id), comment__isnull=False)
    reference = known.select_related("comment__ticket").first()
    return reference.comment if reference else None


def _tickets(numbers: Iterable[int], work: Work) -> dict[int, Ticket]:
    """Those that exist, locked. One that was merged is only read: what is done is done to its survivor."""
    found = work.tickets.get_all(sorted(set(numbers)))
    return {ticket.pk: ticket for ticket in found if ticket}


def living(number: int | None, work: Work) -> Ticket | None:
    """The ticket of that number, or the one in which it lives on, locked; None if there is none."""
    named = _tickets([number], work).get(number) if number else None
    return _survivor(named, work) if named else None


def _survivor(ticket: Ticket, work: Work) -> Ticket | None:
    """The ticket itself, or the one in which a merged one lives on; None if that was deleted."""
    for _step in range(_LONGEST_CHAIN):
        if not ticket.is_merged:
            return ticket
        number = ticket.merged_into_id
        following = _tickets([number], work).get(number) if number else None
        if following is None:
            return None
        ticket = following
    return None


def _speaks_of_the_same(mail: IncomingMail, ticket: Ticket, answered: Outbox | None, clues: _Clues) -> bool:
    """Whether the subject is the ticket's, or that of a mail that is answered, whatever stands before and after it.

    Machines put words of their own before it; what they answer is what they belong to.
    """
    if mail.is_automatic or mail.bare_subject == ticket.bare_subject:
        return True
    known = [ticket.bare_subject, ticket.subject, *clues.subjects.get(ticket.pk, ())]
    known += [references.untagged(answered.subject)] if answered else []
    return any(is_same(mail.bare_subject, subject) for subject in known)


def _has_to_do_with(mail: IncomingMail, ticket: Ticket) -> bool:
    """Whether the subject is the ticket's, or has at least a word of it."""
    known = (ticket.bare_subject, ticket.subject)
    return any(is_same(mail.bare_subject, each) or have_words_in_common(mail.bare_subject, each) for each in known)


def _reason(what: str, ticket: Ticket) -> str:
    sentences = {
        "tag": _("The subject carries the tag of #%(number)s."),
        "header": _("It answers a mail of #%(number)s, and the subject is unchanged."),
        "address": _("It was sent to the signed reply address of #%(number)s."),
        "page": _("It was written on the page of #%(number)s."),
        "follow_up": _("It answers a mail of #%(number)s with a different subject, so it follows up on that ticket."),
        "perhaps": _("It seems to answer a mail that never came in; it may belong to #%(number)s."),
        "too_late": _("#%(number)s has been closed for too long to be reopened, so it follows up on that ticket."),
    }
    return sentences[what] % {"number": ticket.number}
