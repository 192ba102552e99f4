"""What has been said on a ticket, as a customer may read it: messages alone, no event, no address of an agent."""

from dataclasses import dataclass, field
from typing import ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from helpdesk.text.pictures import content_ids
from recipients.addressing.normalise import is_same_mailbox
from recipients.matching.validity import Validity
from recipients.models import User
from recipients.portal.access import Visitor
from tickets.models import Comment, Ticket
from tickets.models.work.visibility import said_to_customers
from tickets.ticket_page.conversation.excerpts import beginnings, excerpts
from tickets.ticket_page.conversation.messages import Message
from tickets.ticket_page.conversation.page import earlier_than

MESSAGES_A_PAGE = 50


@dataclass(frozen=True)
class PortalMessage(Message):
    """A comment as `visitor` reads it: mails as plain text with all their files below."""

    file_page: ClassVar[str] = "portal:attachment"

    visitor: str
    may_be_proven: bool = False

    @property
    def is_mine(self) -> bool:
        """Whether the visitor wrote it, and not somebody in their name as far as that is known."""
        is_forged = self.comment.verdict.get("failed", False)
        return is_same_mailbox(self.comment.author_address, self.visitor) and not (self.is_ours or is_forged)

    @property
    def is_unproven(self) -> bool:
        """Whether it came in their name, and nobody knows whether they wrote it."""
        return self.may_be_proven and self.is_mine and self.comment.validity == Validity.TO_VERIFY

    @property
    def is_ours(self) -> bool:
        return self.comment.kind == Comment.Kind.AGENT

    @property
    def who(self) -> str:
        """The writer's name; of those who work here never the address."""
        if self.is_mine:
            return pgettext("writer of a message", "You")
        name = super().who
        by_colleague = self.is_ours or getattr(self.comment, "by_colleague", False)
        return gettext("Our team") if by_colleague and "@" in name else name

    @property
    def is_cut(self) -> bool:
        return self.excerpt.is_cut  # mails are shown as plain text here

    @property
    def quoted(self) -> SafeString | str:
        """What an agent's mail quotes is our notice to agents."""
        return "" if self.is_ours else super().quoted

    @property
    def _in_text(self) -> frozenset[str]:
        return content_ids(self.excerpt.html) if self.is_rich else frozenset()  # mails are shown as plain text here


@dataclass(frozen=True)
class PortalConversation:
    """One page of it. `earlier` is the id before which the next page ends, None if there is none."""

    messages: list[PortalMessage] = field(default_factory=list)
    earlier: int | None = None
    is_newest: bool = True

    @property
    def unproven(self) -> list[PortalMessage]:
        return [message for message in self.messages if message.is_unproven]


def portal_conversation(ticket: Ticket, visitor: Visitor, before: int | None = None) -> PortalConversation:
    """The last messages of `ticket`, or the last ones before the comment `before`. Four queries at most."""
    said = said_to_customers(Comment.objects.filter(ticket=ticket))
    by_colleague = Exists(User.objects.filter(email=OuterRef("author_address")))
    comments, earlier = last_page(said.annotate(by_colleague=by_colleague), before, MESSAGES_A_PAGE)
    may_be_proven = ticket.validity != Validity.REJECTED
    shown = excerpts(comments)
    return PortalConversation(
        messages=[
            PortalMessage(comment, None, visitor.address, may_be_proven, excerpt=shown[comment.pk])
            for comment in comments
        ],
        earlier=earlier,
        is_newest=before is None,
    )


def last_page(said: QuerySet[Comment], before: int | None, most: int) -> tuple[list[Comment], int | None]:
    """The last of `said`, or the last before the comment `before`, in order; and before which the next page ends.

    At most `most`, with what is shown of each. Three queries.
    """
    shown = beginnings(earlier_than(before, said)).select_related("agent", "recipient").prefetch_related("attachments")
    newest = list(shown.order_by("-created_at", "-pk")[: most + 1])
    comments = newest[:most][::-1]
    return comments, comments[0].pk if len(newest) > most else None
