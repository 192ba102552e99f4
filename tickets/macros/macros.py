"""A macro on a ticket: an answer and everything that is done with it, previewed, in one, and undone as one."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from recipients.models import Batch, User
from tickets.agents.feedback import tag_names
from tickets.conversation import changes
from tickets.conversation.replying import reply
from tickets.conversation.undo_send import undo_send
from tickets.drafts.files import Upload
from tickets.macros.placeholders import CURSOR, filled
from tickets.macros.replies import count_use
from tickets.models import CannedReply, Comment, Ticket
from tickets.models.setup.substatus import parted, status_name
from tickets.text import richtext
from tickets.waiting.snooze import in_days


@dataclass(frozen=True, slots=True)
class Applied:
    """What a macro did: the changes, and the answer that it sent, if it has a text."""

    batch: Batch
    comment: Comment | None


def text_of(macro: CannedReply, ticket: Ticket, user: User) -> str:
    """The answer that it would send, "" for none."""
    html = filled(macro, ticket, user).replace(CURSOR, "") if macro.html else ""
    return html if richtext.to_text(html).strip() or "<img" in html else ""


def deeds(macro: CannedReply, user: User) -> list[tuple[str, str]]:
    """What it changes, as a label and the new value each."""
    told = []
    if macro.status:
        told.append((_("Status"), status_name(*parted(macro.status))))
    if macro.assign:
        assignee = macro.assignee if macro.assign == CannedReply.Assign.AGENT else _assignee(macro, user)
        told.append((_("Assignee"), str(assignee or _("Nobody"))))
    if tags := tag_names(macro.tags):
        told.append((_("Tags"), ", ".join(f"+{tag}" for tag in tags)))
    if macro.snooze_days:
        told.append(
            (_("Snoozed until"), date_format(timezone.localtime(in_days(macro.snooze_days)), "DATETIME_FORMAT"))
        )
    return told


def apply(macro: CannedReply, ticket: Ticket, *, by: User, seen: int | None = None) -> Applied:
    """Do all of it or nothing. Raises NotAllowed, ValidationError and Overtaken, as an answer does."""
    with transaction.atomic():
        html = text_of(macro, ticket, by)
        comment = None
        if html:
            files = list(macro.files.all())
            comment = reply(
                ticket, by=by, html=html, files=[Upload(f.name, f.type, f.read()) for f in files], seen=seen
            )
        done = changes.change([ticket], lambda each: _change(macro, each, by), by=by)
        for _ticket, error in done.refused:
            raise error
        count_use(macro)
    return Applied(done.batch, comment)


def undo(batch: Batch | None, comment: Comment | None, *, by: User) -> None:
    """Take back the changes first, then the answer. Raises NotAllowed if it has left, or somebody went on since."""
    with transaction.atomic():
        if batch:
            for _ticket, error in changes.undo(batch, by=by).refused:
                raise error
        if comment:
            comment.ticket.refresh_from_db()
            undo_send(comment, by=by)


def _change(macro: CannedReply, ticket: Ticket, by: User) -> None:
    if macro.assign:
        ticket.assign(_assignee(macro, by), by=by)
    if macro.status:
        ticket.set_status(macro.status, by=by, reason=str(macro))
    if tags := tag_names(macro.tags):
        ticket.set_tags([*ticket.tags.values_list("name", flat=True), *tags], by=by)
    if macro.snooze_days:
        ticket.snooze(in_days(macro.snooze_days), on_answer=True, by=by)


def _assignee(macro: CannedReply, user: User) -> User | None:
    match macro.assign:
        case CannedReply.Assign.ME:
            return user
        case CannedReply.Assign.AGENT:
            if macro.assignee is None or not macro.assignee.is_active:
                raise ValidationError(_("The agent of this macro is no longer here. Choose another one."))
            return macro.assignee
        case _:
            return None
