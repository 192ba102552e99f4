"""A snapshot of the settings that decide about any mail, read once for a batch, so that a mail costs less."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from django.conf import settings as django_settings

from mailboxes.models import Address
from recipients.models import DenyRule, RecognitionSettings
from tickets.models import Queue, TicketSettings
from tickets.rules.rulebook import Rulebook

OLDEST_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Registered:
    """An address at which we are reached. `queue` is None if no queue handles it (T22)."""

    address: str
    mailbox: int
    queue: int | None
    is_main: bool
    plus_addressing: bool


@dataclass(frozen=True)
class Snapshot:
    """Addresses, queues, deny rules and settings as they are at one moment."""

    addresses: Mapping[str, Registered]
    default_queue: int | None
    queues: Mapping[int, Queue]
    deny_rules: tuple[DenyRule, ...]
    recognition: RecognitionSettings
    settings: TicketSettings
    hosted: frozenset[str] = frozenset()  # domains of which every local part is ours
    read_at: float = field(default_factory=time.monotonic)

    @classmethod
    def current(cls, snapshot: Self | None) -> Self:
        """`snapshot` while it is a few seconds old, else a new one: for people a change takes effect at once."""
        if snapshot and time.monotonic() - snapshot.read_at < OLDEST_SECONDS:
            return snapshot
        return cls.load()

    @classmethod
    def load(cls) -> Self:
        """Five queries. The addresses before the queues, so that the queue of each of them is there."""
        registered = list(
            Address.objects.values_list("address", "mailbox_id", "queue_id", "is_main", "mailbox__plus_addressing")
        )
        queues = {queue.pk: queue for queue in Queue.objects.select_related("holidays").order_by("-is_default", "pk")}
        return cls(
            addresses={row[0]: Registered(*row) for row in registered},
            default_queue=next(iter(queues), None),
            queues=queues,
            deny_rules=tuple(DenyRule.objects.filter(is_active=True).order_by("pk")),
            recognition=RecognitionSettings.load(),
            settings=TicketSettings.load(),
            hosted=frozenset(django_settings.HOSTED_DOMAINS),
        )

    @cached_property
    def rules(self) -> Rulebook:
        """Those for new requests, read when the first one comes. One query."""
        return Rulebook.load()

    def count_hits(self) -> None:
        """Write down which rules have acted since the last call. One query if any did; outside the transactions."""
        if "rules" in self.__dict__:
            self.rules.count_hits()

    @cached_property
    def further(self) -> frozenset[str]:
        """The addresses that are no mailbox's own: they are to redirect to one."""
        return frozenset(each.address for each in self.addresses.values() if not each.is_main)

    def main_address(self, mailbox: int | None) -> Registered | None:
        """The own address of a mailbox."""
        return next((each for each in self.addresses.values() if each.is_main and each.mailbox == mailbox), None)
