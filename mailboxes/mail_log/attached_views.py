"""Pages of what is attached to a message: another mail, and the invitations of a calendar file."""

import base64
import re
from dataclasses import dataclass
from typing import Self

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from helpdesk import limits
from helpdesk.text.pictures import content_ids, has_remote_pictures
from mailboxes.inbound.unreadable import read
from mailboxes.parsing import Attachment as AttachedFile
from mailboxes.parsing import ParsedEmail
from mailboxes.parsing.body import calendar
from mailboxes.parsing.values.notes import Notes
from recipients.users.access import SignedIn, agent_required
from tickets.models import Attachment, Ticket
from tickets.text import mail_html

#: Mails within mails that can be opened, the first one counted.
DEEPEST = 3
#: Where an attached mail lies in another: the places of the files on the way to it, "" for the file itself.
_WAY = re.compile(rf"(?:\d{{1,3}}(?:\.\d{{1,3}}){{0,{DEEPEST - 2}}})?", re.ASCII)
#: Bytes of the pictures that stand in the text of an attached mail; more are files below it.
MOST_PICTURES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Listed:
    """A file of an attached mail, by its place among them; `way` leads to it if it is a mail that can be opened."""

    file: AttachedFile
    place: int
    way: str


@dataclass(frozen=True)
class AttachedMail:
    """A mail that is attached to a message, or to a mail that is. Its pictures stand in its page, not beside it."""

    mail: ParsedEmail
    way: str

    @classmethod
    def of(cls, content: bytes, way: str) -> Self:
        """The mail in `content`, or the one in it to which `way` leads. Http404 if there is none."""
        mail, _traceback = read(content)
        for step in filter(None, way.split(".")):
            files = mail.attachments
            if int(step) >= len(files) or not is_mail(files[int(step)].type, files[int(step)].name):
                raise Http404
            mail, _traceback = read(files[int(step)].content)
        return cls(mail, way)

    @property
    def files(self) -> list[Listed]:
        """Those that are listed below it."""
        in_text = content_ids(self.mail.html)
        return [
            Listed(file, place, self._way_to(place, file))
            for place, file in enumerate(self.mail.attachments)
            if not (file.inline and file.cid in in_text)
        ]

    @property
    def text(self) -> str:
        """What is shown of a mail without HTML; all of it is in the file."""
        return self.mail.text[: limits.MESSAGE_CHARACTERS.amount]

    @property
    def has_remote_pictures(self) -> bool:
        return has_remote_pictures(self.mail.html)

    @property
    def pictures(self) -> dict[str, str]:
        """The pictures in its text, as far as they are not too much for a page."""
        found, left = {}, MOST_PICTURES
        for file in self.mail.attachments:
            if file.inline and file.cid and file.type in mail_html.PREVIEWED and file.size <= left:
                found[file.cid] = f"data:{file.type};base64,{base64.b64encode(file.content).decode()}"
                left -= file.size
        return found

    def _way_to(self, place: int, file: AttachedFile) -> str:
        way = f"{self.way}.{place}" if self.way else str(place)
        return way if is_mail(file.type, file.name) and _WAY.fullmatch(way) else ""


def is_mail(kind: str, name: str) -> bool:
    return kind == "message/rfc822" or name.lower().endswith(".eml")


@agent_required
def attached(request: SignedIn, pk: int) -> HttpResponse:
    """The mail, or the invitations, that the file of a message holds."""
    file = _file_or_404(request, pk)
    if file.type in calendar.TYPES or file.name.lower().endswith(".ics"):
        invitations = calendar.read_invitations(_content(file), "", "", Notes(_))
        page = "_invitations" if request.htmx else "invitation"  # the cards alone stand in a conversation
        return render(request, f"mailboxes/mail_log/{page}.html", {"file": file, "invitations": invitations})
    shown = _mail_or_404(request, file)
    return render(request, "mailboxes/mail_log/attached.html", {"file": file, "shown": shown, "mail": shown.mail})


@agent_required
def attached_body(request: SignedIn, pk: int) -> HttpResponse:
    """The HTML of an attached mail for its frame; with `?images=1` the pictures of other servers are fetched, too."""
    shown = _mail_or_404(request, _file_or_404(request, pk))
    remote_images = request.GET.get("images") == "1"
    title = shown.mail.subject or _("Message")
    return mail_html.response(shown.mail.html, title=title, pictures=shown.pictures, remote_images=remote_images)


@agent_required
def attached_file(request: SignedIn, pk: int, place: int) -> HttpResponse:
    """A file of an attached mail, to be kept."""
    files = _mail_or_404(request, _file_or_404(request, pk)).mail.attachments
    if place >= len(files):
        raise Http404
    disposition = content_disposition_header(True, files[place].name) or "attachment"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(files[place].content, content_type="application/octet-stream", headers=headers)


def _mail_or_404(request: SignedIn, file: Attachment) -> AttachedMail:
    way = request.GET.get("way", "")
    if not is_mail(file.type, file.name) or not _WAY.fullmatch(way):
        raise Http404
    return AttachedMail.of(_content(file), way)


def _file_or_404(request: SignedIn, pk: int) -> Attachment:
    """The file of a message of a ticket that the agent may see."""
    tickets = Ticket.objects.visible_to(request.user)
    files = Attachment.objects.select_related("comment__ticket")
    return get_object_or_404(files, pk=pk, comment__ticket__in=tickets, size__lte=limits.MAIL_BYTES.amount)


def _content(file: Attachment) -> bytes:
    try:
        with default_storage.open(file.path, "rb") as content:
            return bytes(content.read())
    except FileNotFoundError as error:
        raise Http404(_("This file is missing from the storage.")) from error
