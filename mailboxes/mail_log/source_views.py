"""The source of a mail as it came in: a part of it on the page, all of it as a file."""

from dataclasses import dataclass
from typing import Self

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from mailboxes.models import InboundEmail
from mailboxes.models.visibility import visible_inbound
from mailboxes.storage import archive
from recipients.users.access import SignedIn, administrator_required, agent_required
from tickets.models import Comment, Ticket

SHOWN_BYTES = 64 * 1024  # of headers and of the rest each; all of it is in the file


@dataclass(frozen=True)
class Source:
    """The source for reading: undecoded, and cut where it gets long."""

    headers: str = ""
    body: str = ""
    is_cut: bool = False
    trouble: str = ""

    @classmethod
    def of(cls, mail: InboundEmail) -> Self:
        """What the archive has. It may have nothing: of a mail that was too large only the headers were fetched."""
        if not mail.raw_sha256:
            return cls(trouble=_("The mail itself was not fetched."))
        try:
            return cls.cut(mail.raw)
        except archive.Lost as lost:
            return cls(trouble=_("The archive cannot show it: %(reason)s") % {"reason": lost})

    @classmethod
    def cut(cls, raw: bytes) -> Self:
        head, _blank, body = raw[: 4 * SHOWN_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")
        is_cut = len(raw) > 4 * SHOWN_BYTES or max(len(head), len(body)) > SHOWN_BYTES
        return cls(_readable(head), _readable(body), is_cut=is_cut)


def _readable(part: bytes) -> str:
    return part[:SHOWN_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd")


@agent_required
def raw(request: SignedIn, comment_id: int) -> HttpResponse:
    """The source of a comment's mail, for whoever may see its ticket."""
    mail = _mail_of_comment(request, comment_id)
    context = {"mail": mail, "source": Source.of(mail), "ticket": mail.ticket, "comment_id": comment_id}
    return render(request, "mailboxes/mail_log/raw.html", context)


@agent_required
def raw_file(request: SignedIn, comment_id: int) -> HttpResponse:
    return _as_file(_mail_of_comment(request, comment_id))


@administrator_required
def log_file(request: SignedIn, pk: int) -> HttpResponse:
    return _as_file(get_object_or_404(visible_inbound(request.user), pk=pk))


def _mail_of_comment(request: SignedIn, comment_id: int) -> InboundEmail:
    """The first mail that became the comment; deliveries of the same mail have rows of their own."""
    visible = Ticket.objects.visible_to(request.user)
    comment = get_object_or_404(Comment, pk=comment_id, ticket__in=visible)
    mail = comment.inbound.select_related("ticket").order_by("pk").first()
    if mail is None:
        raise Http404
    return mail


def _as_file(mail: InboundEmail) -> HttpResponse:
    """The bytes as they came, to be saved and never to be shown by the browser."""
    try:
        content = mail.raw if mail.raw_sha256 else b""
    except archive.Lost as lost:
        raise Http404 from lost
    if not content:
        raise Http404
    return as_file(content, f"mail-{mail.pk}.eml")


def as_file(content: bytes, name: str) -> HttpResponse:
    """Bytes to be saved; the browser is told not to look into them."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="message/rfc822", headers=headers)
