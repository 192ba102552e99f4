"""The people whom mails name, as rows of recipients: read together, changed in memory, written together."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import F, Value

from helpdesk import limits
from helpdesk.database.prepared import PreparedObject
from helpdesk.database.together import Together, update_each
from recipients.addressing.normalise import is_same_mailbox, spellings, untagged
from recipients.models import OwnAddress, Recipient, User
from tickets.models import Ticket

_OWN, _AGENT = 1, 2
_WRITER = PreparedObject(lambda address: Recipient.objects.filter(address=address).locked(), address="")
_SEEN = ("last_seen_at", "name")


class People:
    """Those of one mail, or of several: who is read or made for one of them is the same row for the next."""

    def __init__(self) -> None:
        self.rows: Together[str, Recipient] = Together(self._read)
        self.writers: Together[str, Recipient] = Together(self._locked)
        self._inside: Together[str, frozenset[int]] = Together(_inside)
        self.in_cc: Together[int, frozenset[str]] = Together(_in_cc)
        self._new: dict[str, Recipient] = {}
        self._heard: dict[int, Recipient] = {}
        self._joined: list[tuple[Ticket, Recipient]] = []

    def expect(self, addresses: Collection[str]) -> None:
        """That somebody may ask about these, who stand in To and Cc of a mail."""
        self.rows.expect(addresses)
        self._inside.expect({*addresses, *map(untagged, addresses)})

    def writing_from(self, address: str) -> list[Recipient]:
        """The rows of the person who writes from the normalised `address`, locked; an unsaved one if it was made."""
        return [row for row in self.writers.get_all(spellings(address)) if row]

    def inside(self, addresses: Collection[str]) -> tuple[set[str], set[str]]:
        """Those of `addresses`, with and without tags, that are ours, and those of somebody who works here."""
        wanted = list({*addresses, *map(untagged, addresses)})
        found = dict(zip(wanted, self._inside.get_all(wanted), strict=True))
        own, agents = (
            {address for address, kinds in found.items() if kinds and kind in kinds} for kind in (_OWN, _AGENT)
        )
        return own, agents

    def heard_from(self, address: str, name: str, at: datetime, known: Recipient | None = None) -> Recipient | None:
        """The author of a mail as a recipient, made if new; None without an address.

        A name that it has is kept (R14). `known`: its row as it was read, or one without a key if there was none.
        """
        if not address:
            return None
        recipient = known if known and known.address == address else self.rows.get(address)
        if recipient is None or (recipient._state.adding and address not in self._new):
            return self._make(address, name, at)
        recipient.last_seen_at, recipient.name = max(recipient.last_seen_at, at), recipient.name or name[:200]
        if recipient.pk is not None:
            self._heard[recipient.pk] = recipient
        return recipient

    def bring_in(
        self, ticket: Ticket, people: Mapping[str, str], at: datetime, *, allowed: bool, is_new: bool
    ) -> list[str]:
        """Put `people` (address → name) into CC if they are `allowed`; who has to await an agent's click instead.

        Also as many as would be more than a ticket may have by mails alone: an answer goes to each of them.
        """
        requester = ticket.requester.address if ticket.requester else ""
        wanted = [address for address in people if not is_same_mailbox(address, requester)]
        if not wanted:
            return []
        present = frozenset() if is_new else self.in_cc.get(ticket.pk) or frozenset()
        new = [address for address in wanted if address not in present]
        joining = new[: max(0, limits.PARTICIPANTS.amount - len(present))] if allowed else []
        if joining:
            found = dict(zip(joining, self.rows.get_all(joining), strict=True))
            for address, row in found.items():
                self._joined.append((ticket, row or self._make(address, people[address], at)))
            self.in_cc.put(ticket.pk, present | frozenset(joining))
        return new[len(joining) :]

    def has_joined(self, ticket: Ticket, addresses: Iterable[str]) -> bool:
        """Whether one of `addresses` takes part since a mail that is not written yet."""
        return any(each == ticket and row.address in addresses for each, row in self._joined)

    def same(self, row: Recipient | None) -> Recipient | None:
        """The row of the same address that is known here already; `row` is it from now on, if none is."""
        if row is None:
            return None
        if (known := self.rows.peek(row.address)) is not None:
            return known
        self.rows.put(row.address, row)
        return row

    def write(self) -> None:
        """Those who are new, in alphabetical order; who was heard from; who takes part. Three statements at most."""
        if self._new:
            made(list(self._new.values()))
        update_each([row for _key, row in sorted(self._heard.items())], _SEEN)
        through = Ticket.participants.through
        rows = [through(ticket_id=ticket.pk, recipient_id=row.pk) for ticket, row in self._joined]
        if rows:
            through._default_manager.bulk_create(rows, ignore_conflicts=True)
        self._new, self._heard, self._joined = {}, {}, []

    def _make(self, address: str, name: str, at: datetime) -> Recipient:
        recipient = Recipient(address=address, name=name[:200], first_seen_at=at, last_seen_at=at)
        self._new[address] = recipient
        self.rows.put(address, recipient)
        self.writers.put(address, recipient)
        return recipient

    def _read(self, addresses: Collection[str]) -> dict[str, Recipient]:
        return {row.address: row for row in Recipient.objects.filter(address__in=addresses)}

    def _locked(self, addresses: Collection[str]) -> dict[str, Recipient]:
        """All at once, by number (docs/decisions/lock-order.md)."""
        if len(addresses) == 1:
            alone = _WRITER.first(address=next(iter(addresses)))
            found = [alone] if alone else []
        else:
            found = list(Recipient.objects.filter(address__in=addresses).locked())
        rows = {row.address: self._heard.get(row.pk, row) for row in found}
        for address in addresses:
            self.rows.put(address, rows.get(address))
        return rows


def made(recipients: Collection[Recipient]) -> list[Recipient]:
    """New rows; of one that another worker makes meanwhile, and which stays as it is, the key alone is right."""
    return Recipient.objects.bulk_create(
        sorted(recipients, key=lambda each: each.address),
        update_conflicts=True,
        unique_fields=["address"],
        update_fields=["domain"],
    )


def _inside(addresses: Collection[str]) -> dict[str, frozenset[int]]:
    own = OwnAddress.objects.filter(address__in=addresses).values_list("address", Value(_OWN))
    agents = User.objects.order_by().filter(email__in=addresses).values_list("email", Value(_AGENT))
    found: dict[str, frozenset[int]] = {}
    for address, kind in own.union(agents):
        found[address] = found.get(address, frozenset()) | {kind}
    return found


def _in_cc(tickets: Collection[int]) -> dict[int, frozenset[str]]:
    rows = Ticket.participants.through._default_manager.filter(ticket_id__in=tickets)
    found: dict[int, frozenset[str]] = {}
    for ticket, address in rows.values_list("ticket_id", F("recipient__address")):
        found[ticket] = found.get(ticket, frozenset()) | {address}
    return found
