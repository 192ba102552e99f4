"""Drafts: what is typed and not sent, kept on the server with its files, so that it is there on any machine."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from helpdesk import limits
from recipients.models import PortalAccount, User
from tickets.models import Attachment, Draft, File, Ticket
from tickets.models.work.attachment import save_draft_files
from tickets.text import richtext

_TYPED = ("to", "subject")
_COPIES = ("cc", "bcc")
#: What a draft of an answer says of a field for addresses that its writer has emptied: "" means the usual people.
NOBODY = ","
#: What the name of a form may not hold.
_KEY = re.compile(r"[^\w-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody writes: an answer on `ticket`, or something new in the form that `key` names."""

    ticket: Ticket | None = None
    key: str = ""
    author: User | None = None
    visitor: PortalAccount | None = None

    def __post_init__(self) -> None:
        """The key comes from the address bar: nothing else of it than a name may have reaches the database."""
        object.__setattr__(self, "key", "" if self.ticket else _KEY.sub("", self.key)[:64])

    @property
    def columns(self) -> dict[str, Any]:
        return {"ticket": self.ticket, "key": self.key, "author": self.author, "visitor": self.visitor}


def find(place: Place) -> Draft | None:
    return Draft.objects.filter(**place.columns).first()


def keep(place: Place, *, html: str, **typed: Any) -> Draft | None:
    """Remember what is typed at `place`: the text and other fields of `Draft`. Nothing is no draft."""
    typed = {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in typed.items()}
    html = richtext.sanitise(html.replace("\0", ""))
    about = [typed.get(name) for name in (("to", *_COPIES) if place.ticket else _TYPED)]
    if typed.get("forwards"):
        about = []  # to whom alone is nothing to forward
    is_empty = not richtext.to_text(html).strip() and not any(about)
    if is_empty and not files(find(place)):
        discard(place)
        return None
    typed |= {name: typed[name][:2000] for name in _COPIES if name in typed}
    return Draft.objects.update_or_create(**place.columns, defaults={**typed, "html": html})[0]


def bring_back(place: Place, *, html: str, **typed: Any) -> Draft:
    """Make what was sent a draft again. What has been typed there since stays below it."""
    since = find(place)
    if since and since.html:
        html += since.html
    draft, _made = Draft.objects.update_or_create(**place.columns, defaults={"is_note": False, **typed, "html": html})
    return draft


def files(draft: Draft | None) -> list[Attachment]:
    return list(draft.files.all()) if draft else []


def listed(draft: Draft | None) -> list[Attachment]:
    """The files that are sent below the text, each to be taken out."""
    return [file for file in files(draft) if not file.inline]


def add_files(place: Place, added: Iterable[File]) -> list[Attachment]:
    """Store files of what is written at `place`. Raises ValidationError with a sentence if they would be too much."""
    if not (added := list(added)):
        return []
    with transaction.atomic():
        refuse_too_much(place, sum(len(file.content) for file in added))
        draft, _made = Draft.objects.get_or_create(**place.columns)
        draft.save(update_fields=["updated_at"])
        return save_draft_files(draft, added)


def refuse_too_much(place: Place, more: int) -> None:
    """Raises ValidationError if the writer's drafts have no room for `more` bytes. What one uploads at once is in turn.

    Nobody knows whose the files were that left a draft: those that are not deleted yet count for all visitors.
    """
    if place.visitor:
        PortalAccount.objects.select_for_update(no_key=True).get(pk=place.visitor.pk)
    elif place.author:
        User.objects.select_for_update(no_key=True).get(pk=place.author.pk)
    unsent = Attachment.objects.filter(comment=None, canned_reply=None)
    limit = limits.VISITOR_DRAFTS_BYTES if place.visitor else limits.AGENT_DRAFTS_BYTES
    if _bytes(unsent.filter(draft__in=_of(place))) + more > limit.amount:
        raise ValidationError(limit.sentence(filesizeformat(limit.amount)))
    if place.visitor is None:
        return
    if _bytes(unsent.filter(draft__author=None)) + more > limits.VISITORS_DRAFTS_BYTES.amount:
        raise limits.VISITORS_DRAFTS_BYTES.refusal()
    if not limits.VISITOR_UPLOADS.count(str(place.visitor.pk), times=more):
        raise limits.VISITOR_UPLOADS.refusal()


def _bytes(files: "QuerySet[Attachment]") -> int:
    return files.aggregate(bytes=Sum("size"))["bytes"] or 0


def take_out(place: Place, file: int) -> None:
    """Let the draft do without the attachment of this id, if it has it."""
    if draft := find(place):
        draft.files.filter(pk=file).update(draft=None)


def discard(place: Place) -> None:
    """It was sent, or given up."""
    Draft.objects.filter(**place.columns).delete()


def unfinished(writer: Place) -> QuerySet[Draft]:
    """New tickets that the writer at this place began anywhere and has not sent, the newest first."""
    return _of(writer).filter(ticket=None)


def give_up_oldest(writer: Place) -> str:
    """Give up what is more than the writer at this place may have; what they are told then, "" if nothing was."""
    limit = limits.VISITOR_DRAFTS if writer.visitor else limits.AGENT_DRAFTS
    gone = list(_of(writer).values_list("pk", flat=True)[limit.amount :])
    Draft.objects.filter(pk__in=gone).delete()
    return limit.sentence() if gone else ""


def _of(writer: Place) -> QuerySet[Draft]:
    """All that the writer has not sent, the newest first."""
    return Draft.objects.filter(author=writer.author, visitor=writer.visitor).order_by("-updated_at", "-pk")


def give_up_old() -> None:
    """Discard what nobody touched for `limits.DRAFT_DAYS`."""
    Draft.objects.filter(updated_at__lt=timezone.now() - timedelta(days=limits.DRAFT_DAYS.amount)).delete()


def new_key() -> str:
    """The name of a form that nobody has written into."""
    return secrets.token_hex(16)
