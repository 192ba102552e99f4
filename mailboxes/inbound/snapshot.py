"""What does the post room have to know to decide about any mail? Read once for a batch, so that a mail costs less."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from recipients.models import DenyRule, RecognitionSettings
from tickets.models import Queue, TicketSettings

OLDEST_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Registered:
    """An address at which we are reached. `queue` is None if no queue handles it (T22)."""

    address: str
    mailbox: int
    queue: int | None
    is_main: bool
    plus_addressing: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Addresses, queues, deny rules and settings as they are at one moment."""

    addresses: Mapping[str, Registered]
    default_queue: int | None
    queues: Mapping[int, Queue]
    deny_rules: tuple[DenyRule, ...]
    recognition: RecognitionSettings
    settings: TicketSettings
    read_at: float = field(default_factory=time.monotonic)

    @classmethod
    def current(cls, desk: Self | None) -> Self:
        """`desk` while it is no older than a few seconds, else a new one: a change takes effect at once for people."""
        return desk if desk and time.monotonic() - desk.read_at < OLDEST_SECONDS else cls.load()

    @classmethod
    def load(cls) -> Self:
        """Five queries. The addresses before the queues, so that the queue of each of them is there."""
        from mailboxes.models import Address

        registered = list(
            Address.objects.values_list("address", "mailbox_id", "queue_id", "is_main", "mailbox__plus_addressing")
        )
        queues = {queue.pk: queue for queue in Queue.objects.order_by("-is_default", "pk")}
        return cls(
            addresses={row[0]: Registered(*row) for row in registered},
            default_queue=next(iter(queues), None),
            queues=queues,
            deny_rules=tuple(DenyRule.objects.filter(is_active=True).order_by("pk")),
            recognition=RecognitionSettings.load(),
            settings=TicketSettings.load(),
        )

    def main_address(self, mailbox: int | None) -> Registered | None:
        """The own address of a mailbox."""
        return next((each for each in self.addresses.values() if each.is_main and each.mailbox == mailbox), None)
