"""Sending from the outbox: at least once, always under the same Message-ID, or failed for all to see.

Rows are claimed for a while, not locked: a worker that is killed after the server took the mail and before the commit
sends it once more under the same Message-ID; none is ever lost (L14, L22, L40). A mail that a server may have taken
without saying so is tried three times in all, and a server that falls silent is left alone for a while, with whatever
else waits for it.
"""

import re
from contextlib import ExitStack
from datetime import timedelta
from types import TracebackType
from typing import Self

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk import limits
from helpdesk.database.together import update_each
from mailboxes.connections.account import Account, ConnectionFailed, LoginRefused, Silent, Step
from mailboxes.models import Mailbox
from mailboxes.models.mailbox import lease
from mailboxes.oauth.tokens import account_for
from mailboxes.sending import message as composing
from mailboxes.sending.identities import Identities, Identity, NoSender
from mailboxes.sending.sendmail import LocalSender, open_sender
from mailboxes.sending.smtp import Refusal, Sender, Stage
from recipients.addressing.normalise import display
from recipients.models import OwnAddress, Recipient
from tickets.models import Event, Outbox, Ticket
from tickets.models.work.outbox import OutboxQuerySet

AT_ONCE = 50
LONGEST_HANDOVER = timedelta(minutes=15)  # of one mail; only then another worker tries it
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15, 30, 60, 120, 240)]  # the last one again and again
PAUSE_WITHOUT_SERVER = timedelta(minutes=2)
PAUSE_AFTER_A_REFUSED_LOGIN = timedelta(minutes=15)  # asking more often locks accounts


class Connections:
    """One connection to each server, kept while mails are sent: `with Connections() as connections:`."""

    def __init__(self) -> None:
        self._stacks: dict[Account, ExitStack] = {}
        self._senders: dict[Account, Sender | LocalSender] = {}
        self._used: set[Account] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stack in self._stacks.values():
            stack.__exit__(kind, error, trace)

    def to(self, server: Account) -> Sender | LocalSender:
        """A connection that is signed in. Raises `ConnectionFailed`."""
        if server not in self._senders:
            stack, sender = ExitStack(), open_sender(server)
            stack.enter_context(sender)
            self._stacks[server], self._senders[server] = stack, sender
        return self._senders[server]

    def used(self, server: Account) -> None:
        """A mail was handed over."""
        self._used.add(server)

    def ended(self, server: Account, failure: ConnectionFailed) -> bool:
        """The connection broke: the next one is new. Whether it had been good for a mail before.

        Servers end one after so many mails, or while nothing was said for a while: that is no fault of the next mail.
        """
        del self._senders[server]
        self._stacks.pop(server).__exit__(type(failure), failure, None)
        was_used = server in self._used
        self._used.discard(server)
        return was_used


def send_due(most: int = 500) -> int:
    """Send what is due, `most` mails or a few more; returns how many left."""
    sent = tried = 0
    due = Outbox.objects.filter(state=Outbox.State.WAITING)
    with Connections() as connections:
        while tried < most and (rows := _claim(due.filter(next_attempt_at__lte=timezone.now()))):
            tried += len(rows)
            sent += _send(rows, connections)
    return sent


def send(outbox_id: int) -> bool:
    """Send one waiting mail now, due or not. Returns whether it left."""
    with Connections() as connections:
        return bool(_send(_claim(Outbox.objects.filter(pk=outbox_id, state=Outbox.State.WAITING)), connections))


def retry(outbox: Outbox) -> None:
    """Let a mail that failed or bounced try again, from the beginning, under its Message-ID."""
    failed = Outbox.objects.filter(pk=outbox.pk, state__in=(Outbox.State.FAILED, Outbox.State.BOUNCED))
    failed.update(state=Outbox.State.WAITING, attempts=0, unconfirmed=0, next_attempt_at=timezone.now(), error="")


def retry_all(rows: OutboxQuerySet) -> int:
    """Let those of `rows` that wait after a failed attempt try at once; returns how many.

    A mail that a worker has at hand has no error, and stays its.
    """
    return rows.overdue().exclude(error="").update(next_attempt_at=timezone.now())


def compose(outbox: Outbox) -> bytes:
    """The exact mail. Raises `NoSender` with a sentence while no mailbox can send it."""
    return composing.compose(outbox, Identities.load().of(outbox))


def _claim(rows: "QuerySet[Outbox]") -> list[Outbox]:
    """Take up to a batch for this worker alone, until the lease runs out. The attempt counts from here on."""
    with transaction.atomic():
        locked = rows.select_related("ticket").select_for_update(skip_locked=True, of=("self",))
        claimed = list(locked.prefetch_related("attachments").order_by("next_attempt_at", "pk")[:AT_ONCE])
        for outbox in claimed:
            outbox.attempts, outbox.next_attempt_at = outbox.attempts + 1, timezone.now() + lease()
        update_each(claimed, ["attempts", "next_attempt_at"])
        if troubled := [outbox.pk for outbox in claimed if outbox.error]:
            Outbox.objects.filter(pk__in=troubled).update(error="")  # `retry_all` leaves what is at hand alone
    return claimed


def _send(rows: list[Outbox], connections: Connections) -> int:
    """Send claimed rows; returns how many left."""
    identities = Identities.load()
    by_server: dict[Account, list[tuple[Outbox, Identity]]] = {}
    for outbox in _without_the_unreachable(rows):
        try:
            mailbox = identities.sending_mailbox(identities.mailbox_of(outbox))
            identity = identities.of(outbox)
            by_server.setdefault(_server_of(mailbox), []).append((outbox, identity))
        except (NoSender, ConnectionFailed) as reason:
            _postpone(outbox, str(reason), PAUSE_WITHOUT_SERVER)
    return sum(_send_by(server, mails, connections) for server, mails in by_server.items())


def _server_of(mailbox: Mailbox) -> Account:
    """What the mailbox sends by. Raises `ConnectionFailed` while it is left alone, or nobody is signed in to it."""
    if mailbox.sending_is_paused:
        raise ConnectionFailed(Step.CONNECT, mailbox.sending_trouble, temporary=True)
    return account_for(mailbox, mailbox.smtp_account)


def _without_the_unreachable(rows: list[Outbox]) -> list[Outbox]:
    """Mail to ourselves would loop; where mail bounced, machines do not write again, a person may. Two queries."""
    addresses = {outbox.recipient for outbox in rows}
    own = OwnAddress.among(addresses)
    bouncing = set(
        Recipient.objects.filter(address__in=addresses, undeliverable=True).values_list("address", flat=True)
    )
    kept = []
    for outbox in rows:
        if outbox.recipient in own and outbox.kind != Outbox.Kind.REDIRECT_CHECK:
            _fail(outbox, _("This is an address of the helpdesk itself; nothing is ever sent to it."))
        elif outbox.is_automatic and outbox.recipient in bouncing:
            _fail(
                outbox,
                _("Mail to this address could not be delivered before. It will be possible again once it writes."),
            )
        else:
            kept.append(outbox)
    return kept


def _send_by(server: Account, mails: list[tuple[Outbox, Identity]], connections: Connections) -> int:
    """One connection after the other until every mail was tried once."""
    sent, waiting = 0, list(mails)
    while waiting:
        try:
            sender = connections.to(server)
            while waiting:
                sent += _send_one(sender, *waiting[0])
                connections.used(server)
                waiting.pop(0)
        except _Broken as broken:  # in the middle of this mail: only this one has used up an attempt
            outbox, failure = waiting[0][0], broken.failure
            if connections.ended(server, failure) and not failure.unconfirmed and not isinstance(failure, Silent):
                outbox.unconfirmed -= 1  # over a new connection, at once
                continue
            waiting.pop(0)
            _broke_off(outbox, failure)
            if isinstance(failure, Silent):
                _pause(server, failure, waiting)
                return sent
        except ConnectionFailed as failure:
            _pause(server, failure, waiting)
            return sent
    return sent


def _pause(server: Account, failure: ConnectionFailed, waiting: list[tuple[Outbox, Identity]]) -> None:
    """Leave a server alone that cannot be used, and with it whatever waits for it."""
    pause = PAUSE_AFTER_A_REFUSED_LOGIN if isinstance(failure, LoginRefused) else PAUSE_WITHOUT_SERVER
    if isinstance(failure, Silent):
        Mailbox.pause_sending(server, timezone.now() + pause, failure.message)
    for outbox, _identity in waiting:
        _postpone(outbox, failure.message, pause)


class _Broken(Exception):  # noqa: N818 - the connection, not the program
    """The connection broke while one mail was handed over."""

    def __init__(self, failure: ConnectionFailed) -> None:
        super().__init__(failure.message)
        self.failure = failure


def _send_one(sender: Sender | LocalSender, outbox: Outbox, identity: Identity) -> bool:
    """Freeze the Message-ID, send, record."""
    outbox.message_id, outbox.sent_from = composing.id_of(outbox, identity), identity.author.address
    ours = Outbox.objects.filter(
        pk=outbox.pk, state=Outbox.State.WAITING, attempts=outbox.attempts, next_attempt_at=outbox.next_attempt_at
    )
    outbox.next_attempt_at = timezone.now() + LONGEST_HANDOVER
    outbox.unconfirmed += 1  # until the server has answered: this worker may be killed before
    if not ours.update(
        message_id=outbox.message_id,
        sent_from=outbox.sent_from,
        next_attempt_at=outbox.next_attempt_at,
        unconfirmed=outbox.unconfirmed,
    ):
        return False  # cancelled meanwhile, or this worker was so slow that another one took over
    if outbox.unconfirmed > limits.SENDING_UNCONFIRMED.amount:
        _fail(outbox, _may_have_arrived(outbox.error))
        return False
    try:
        message = composing.compose(outbox, identity)
    except Exception as error:
        _fail(outbox, _("It could not be written: %(error)s") % {"error": f"{type(error).__name__}: {error}"})
        return False
    try:
        refusals = sender.send(identity.envelope_from, [outbox.recipient], message)
    except ConnectionFailed as failure:
        raise _Broken(failure) from failure
    outbox.unconfirmed -= 1
    if refusal := refusals.get(outbox.recipient):
        _refused(outbox, refusal)
        return False
    outbox.state, outbox.sent_at, outbox.error = Outbox.State.SENT, timezone.now(), ""
    outbox.save(update_fields=["state", "sent_at", "error", "unconfirmed"])
    return True


def _broke_off(outbox: Outbox, failure: ConnectionFailed) -> None:
    """The connection ended in the middle of it: another try, unless it may have arrived too often already."""
    if not failure.unconfirmed:
        outbox.unconfirmed -= 1
        _try_later(outbox, failure.message)
    elif outbox.unconfirmed < limits.SENDING_UNCONFIRMED.amount:
        _try_later(outbox, _may_have_arrived(failure.message))
    else:
        _fail(outbox, _may_have_arrived(failure.message))


def _may_have_arrived(trouble: str) -> str:
    said = _("It may have arrived: the server was given the whole mail but did not confirm it.")
    return trouble if trouble.startswith(said) else f"{said} {trouble}".strip()


def _refused(outbox: Outbox, refusal: Refusal) -> None:
    reason = _("The mail server refused it: %(code)d %(reply)s")
    reason %= {"code": refusal.code, "reply": refusal.reply}
    if refusal.temporary:
        _try_later(outbox, reason)
        return
    if names_no_mailbox(refusal):
        for recipient in Recipient.objects.filter(address=outbox.recipient):
            recipient.mark_undeliverable(reason)
    _fail(outbox, reason)


def names_no_mailbox(refusal: Refusal) -> bool:
    """Whether it says that the address does not exist (RFC 3463, 5.1.x), not that the mail is unwanted."""
    if refusal.stage is not Stage.RECIPIENT or refusal.temporary:
        return False
    status = re.search(r"\b5\.(\d{1,3})\.\d{1,3}\b", refusal.reply)
    return status[1] == "1" if status else refusal.code in (550, 551, 553)


def _postpone(outbox: Outbox, error: str, pause: timedelta) -> None:
    """It waits for a server, not for itself: no attempt was made."""
    outbox.attempts, outbox.error, outbox.next_attempt_at = outbox.attempts - 1, error, timezone.now() + pause
    outbox.save(update_fields=["attempts", "error", "next_attempt_at"])


def _try_later(outbox: Outbox, error: str) -> None:
    if outbox.attempts >= limits.SENDING_ATTEMPTS.amount:
        _fail(outbox, error)
        return
    outbox.error, outbox.next_attempt_at = error, timezone.now() + PAUSES[min(outbox.attempts, len(PAUSES)) - 1]
    outbox.save(update_fields=["error", "next_attempt_at", "unconfirmed"])


def _fail(outbox: Outbox, error: str) -> None:
    """Final until somebody presses the button; also part of the history of the ticket, wherever that lives on."""
    outbox.state, outbox.error = Outbox.State.FAILED, error
    with transaction.atomic():
        outbox.save(update_fields=["state", "error", "unconfirmed"])
        for pk, survivor in Ticket.objects.filter(pk=outbox.ticket_id or 0).values_list("pk", "merged_into"):
            Event.objects.create(
                ticket_id=survivor or pk,
                comment_id=outbox.comment_id,
                kind=Event.Kind.DELIVERY_FAILURE,
                data={"recipient": display(outbox.recipient), "error": error, "outbox": outbox.pk},
            )
