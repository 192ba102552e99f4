"""What has an agent typed and not sent? Kept on the server, so that it is there on any machine."""

from recipients.models import User
from tickets import richtext
from tickets.models import Draft, Ticket


def keep(ticket: Ticket, author: User, *, html: str, is_note: bool, cc: str) -> None:
    """Remember what `author` has typed on `ticket`; nothing typed is no draft."""
    html = richtext.sanitise(html)
    if not richtext.to_text(html).strip():
        discard(ticket, author)
        return
    values = {"html": html, "is_note": is_note, "cc": cc[:2000]}
    Draft.objects.update_or_create(ticket=ticket, author=author, defaults=values)


def discard(ticket: Ticket, author: User) -> None:
    """It was sent, or given up."""
    Draft.objects.filter(ticket=ticket, author=author).delete()


def of(ticket: Ticket, author: User) -> Draft | None:
    return Draft.objects.filter(ticket=ticket, author=author).first()
