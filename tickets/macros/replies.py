"""Finding a canned reply, inserting it into what one writes, and counting its use."""

from collections.abc import Iterable

from django.db.models import F
from django.utils import timezone

from recipients.models import User
from tickets.drafts import drafts
from tickets.macros.placeholders import CURSOR
from tickets.models import Attachment, CannedReply, Draft, Ticket
from tickets.models.setup.canned_reply import CannedReplyQuerySet
from tickets.text import richtext

#: Replies that are offered at once.
OFFERED = 8
#: Characters of its text by which one knows a reply.
PREVIEW = 90


def found(ticket: Ticket, user: User, text: str) -> CannedReplyQuerySet:
    """The replies whose name has every word of `text`, those that are used most first."""
    replies = CannedReply.objects.offered_to(user, ticket)
    for word in text.split()[:5]:
        replies = replies.filter(name__icontains=word)
    return replies.order_by("-used", "name", "pk")


def preview(html: str) -> str:
    """The beginning of a text, in one line."""
    return " ".join(richtext.to_text(html).replace(CURSOR, "").split())[:PREVIEW]


def count_use(reply: CannedReply) -> None:
    CannedReply.objects.filter(pk=reply.pk).update(used=F("used") + 1, used_at=timezone.now())


def attach(reply: CannedReply, place: drafts.Place) -> list[Attachment]:
    """Give the draft at `place` its own copies of the files that it has not got yet. Their bytes stay stored once."""
    files = list(reply.files.all())
    if not files:
        return []
    draft, _made = Draft.objects.get_or_create(**place.columns)
    there = set(draft.files.values_list("name", "sha256"))
    return Attachment.objects.bulk_create(copies([f for f in files if (f.name, f.sha256) not in there], draft=draft))


def copies(files: Iterable[Attachment], **owner: Draft) -> list[Attachment]:
    """Unsaved rows for the same bytes."""
    return [Attachment(**owner, name=f.name, type=f.type, size=f.size, sha256=f.sha256) for f in files]
