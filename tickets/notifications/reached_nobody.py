"""The notice to an agent whose answer by mail reached nobody: they would take it for sent."""

from django.conf import settings as django_settings
from django.utils import timezone, translation

from helpdesk.wording.liquid import render_mail
from recipients.addressing.normalise import display
from tickets.models import Comment, Event, Outbox, TicketSettings
from tickets.notifications.audience import Copy
from tickets.notifications.gate import Gate, Withheld
from tickets.notifications.outgoing import outgoing
from tickets.text import references


def tell_author(comment: Comment, event: Event, settings: TicketSettings) -> None:
    """Tell who wrote `comment`, and why `event` led to no mail. In the caller's transaction; not without end."""
    address, ticket = comment.author_address, comment.ticket
    if Gate.load([address], settings).refuses(Copy(Outbox.Kind.NOTICE, address, comment.author_name, to_staff=True)):
        return
    language = (comment.agent.language if comment.agent else "") or ticket.queue.language
    with translation.override(language):
        values = {
            "tag": references.tag(ticket.number),
            "subject": ticket.subject,
            "reasons": "\n".join(_reasons(event)),
            "url": f"{django_settings.SITE_URL}{comment.get_absolute_url()}",
        }
        mail = render_mail("reached_nobody", language, values)
    now = timezone.now()
    row = outgoing(
        Outbox.Kind.NOTICE,
        address,
        mail,
        language=language,
        name=comment.author_name,
        ticket=ticket,
        to_staff=True,
        created_at=now,
        next_attempt_at=now,
        in_reply_to=f"<{comment.message_id}>" if comment.message_id else "",
    )
    row.save(force_insert=True)


def _reasons(event: Event) -> list[str]:
    return [f"{display(address)}: {Withheld(why).label}" for address, why in event.data.get("withheld", ())]
