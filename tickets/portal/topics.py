"""Topics as the audience of their forum reads them: names and words, no address, and the table of them."""

from dataclasses import dataclass
from typing import ClassVar

import django_tables2 as tables
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.http import Http404
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from helpdesk.text.pictures import with_pictures
from helpdesk.ui.cells import FILL, SMALL
from helpdesk.ui.markup import relative
from recipients.portal.access import Visitor
from tickets.models import Comment, Ticket
from tickets.models.work.visibility import TicketQuerySet, said_to_customers
from tickets.portal.conversation import PortalMessage, last_page
from tickets.text import mail_html, richtext
from tickets.text.public import public_name, public_text
from tickets.ticket_page.conversation.excerpts import excerpts
from tickets.ticket_page.conversation.page import MESSAGES_A_PAGE


@dataclass(frozen=True)
class TopicMessage(PortalMessage):
    """A message of a topic as another customer reads it; what a mail quotes is left out, as it names people."""

    file_page: ClassVar[str] = "portal:topic_attachment"

    @property
    def who(self) -> str:
        return pgettext("writer of a message", "You") if self.is_mine else public_name(self.comment)

    @property
    def quoted(self) -> SafeString | str:
        return ""

    @property
    def is_unproven(self) -> bool:
        return False

    @property
    def body(self) -> SafeString:
        if self.is_rich:
            return mark_safe(with_pictures(richtext.sanitise(self.excerpt.html), self._pictures))  # noqa: S308
        return mail_html.linked(self.excerpt.body if self.is_ours else public_text(self.excerpt.body))


class TopicTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """The newest first. Its rows have `posts`: how many messages there are."""

    subject = tables.Column(_("Topic"), attrs=FILL)
    forum = tables.Column(_("Forum"), accessor="queue__name", attrs=SMALL)
    author = tables.Column(_("Opened by"), accessor="pk", attrs={"td": {"class": "nowrap labelled"}})
    posts = tables.Column(_("Messages"), attrs={"td": {"class": "shrink labelled"}})
    updated_at = tables.Column(_("Last change"), attrs={"td": {"class": "shrink muted"}})

    class Meta:
        orderable = False
        attrs = {"id": "topics", "class": "table-inline", "aria_label": _("Topics")}

    def render_subject(self, record: Ticket, value: str) -> SafeString:
        return format_html('<a class="row-link" href="{}">{}</a>', record.portal_path, public_text(value))

    def render_author(self, record: Ticket) -> str:
        return opened_by(record)

    def render_updated_at(self, record: Ticket) -> SafeString | str:
        return relative(record.updated_at)


def opened_by(topic: Ticket) -> str:
    """The name of who opened it, never an address."""
    name = topic.name_of_requester
    return name if name and "@" not in name else _t("A customer")


def topics_of(visitor: Visitor) -> TicketQuerySet:
    """The topics that the visitor may read, the newest first, with how many `posts` each has."""
    said = said_to_customers(Comment.objects.filter(ticket=OuterRef("pk"))).order_by().values("ticket")
    count = Subquery(said.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    found = Ticket.objects.topics_for(visitor).not_merged().select_related("queue", "requester")
    counted = found.defer("match", "verdict").annotate(posts=count)
    return counted.order_by("-updated_at", "-pk")


def topic_or_404(visitor: Visitor, number: int) -> Ticket:
    """A topic that is not there and one that is not for the visitor look the same."""
    topic = Ticket.objects.topics_for(visitor).select_related("queue", "requester").filter(pk=number).first()
    if topic is None:
        raise Http404
    return topic


def posts_of(topic: Ticket, visitor: Visitor, before: int | None = None) -> tuple[list[TopicMessage], int | None]:
    """The last messages, or those before the comment `before`; and before which the next page ends. Three queries."""
    said = said_to_customers(Comment.objects.filter(ticket=topic))
    comments, earlier = last_page(said, before, MESSAGES_A_PAGE)
    shown = excerpts(comments)
    return [TopicMessage(each, None, visitor.address, excerpt=shown[each.pk]) for each in comments], earlier
