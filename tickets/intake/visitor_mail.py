"""What a visitor wrote in the portal, as a mail, so that it is received as every mail is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from django.utils import timezone

from recipients.portal.access import Visitor
from tickets.intake.arrival import IncomingAttachment
from tickets.models.work.attachment import size_of
from tickets.text import references


@dataclass(frozen=True, slots=True)
class Person:
    """The writer: by the name of the person that their address is registered on, "" if it is on none."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class PortalMail:
    """A `tickets.intake.arrival.IncomingMail` that nobody sent: it has no headers, no HTML and quotes nothing."""

    message_id: str
    subject: str
    date: datetime
    author: Person
    text: str
    attachments: Sequence[IncomingAttachment] = ()
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    quoted: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    reply_to: tuple[Person, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    forwarded: None = field(default=None)
    is_automatic: bool = False
    is_bulk: bool = False
    is_important: bool = False

    @classmethod
    def by(
        cls, visitor: Visitor, key: str, *, subject: str, text: str, files: Sequence[IncomingAttachment] = ()
    ) -> Self:
        """What `visitor` wrote into the form `key`. The same form makes the same Message-ID, however often it comes.

        The id is a visitor's own: nobody else's form can have it. It ends as ids do that nobody ever saw in a mail.
        """
        digest = hashlib.sha256(f"{visitor.account.pk} {key}".encode()).hexdigest()
        name = next((each.name for each in visitor.customers if not each.is_company), "")
        author = Person(name, visitor.address)
        return cls(f"{digest}@generated", " ".join(subject.split()), timezone.now(), author, text, tuple(files))

    @property
    def size(self) -> int:
        """Bytes, as far as rules ask: the text and the files."""
        return len(self.text.encode()) + sum(size_of(each) for each in self.attachments)

    @property
    def authors(self) -> tuple[Person, ...]:
        return (self.author,)

    @property
    def reply(self) -> str:
        """All of the text is new."""
        return self.text

    @property
    def bare_subject(self) -> str:
        return references.untagged(self.subject).casefold()
