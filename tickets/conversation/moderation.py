"""What agents take out of a forum, and put back: a message, or a whole topic."""

from django.utils.translation import gettext as _

from recipients.models import User
from tickets.models import Comment, Event, NotAllowed, Outbox, Ticket, TopicFollower

#: What brings words to a ticket. Not their dates: those of a merged ticket are older than its merging.
_BRINGING = (
    Event.Kind.CUSTOMER_MESSAGE,
    Event.Kind.AGENT_MESSAGE,
    Event.Kind.HELD,
    Event.Kind.HELD_ACCEPTED,
    Event.Kind.MERGED,
)


def hide(comment: Comment, *, by: User) -> None:
    """Let only agents read a message of a topic. Mails of it that have not left do not. Raises NotAllowed."""
    _show(comment, on=False, by=by)


def show(comment: Comment, *, by: User) -> None:
    """Let everybody who may read the forum read a hidden message again. Raises NotAllowed."""
    _show(comment, on=True, by=by)


def make_private(topic: Ticket, *, by: User) -> None:
    """Let only who asked, their customer and agents read a topic, without what others wrote. Raises NotAllowed."""
    with topic.changing():
        if not topic.is_topic:
            raise NotAllowed(_("No change."))
        topic.leave_forum(topic.queue, by=by)


def publish(ticket: Ticket, *, by: User) -> None:
    """Make a topic of what was one before, or was written to the forum and could not be proved. Raises NotAllowed."""
    with ticket.changing():
        if (private := _left(ticket)) is None:
            raise NotAllowed(_("Only a message written to this forum, with nothing added since, can become its topic."))
        ticket.comments.filter(pk__in=private.data.get("hidden", ())).update(is_public=True, is_hidden=False)
        ticket.is_topic = True
        ticket.changed("is_topic")
        TopicFollower.wrote(ticket, ticket.requester)
        ticket.record(Event.Kind.TOPIC, by, {"public": True, "forum": ticket.queue_id})


def may_be_published(ticket: Ticket) -> bool:
    """Whether it was written to the forum that its queue is. Two queries in a forum, none elsewhere."""
    return _left(ticket) is not None


def _left(ticket: Ticket) -> Event | None:
    """When it was kept from its forum, if nothing has been said since: what is private never gets more readers."""
    if ticket.is_topic or ticket.is_merged or not ticket.queue.forum:
        return None
    event = ticket.events.filter(kind=Event.Kind.TOPIC).order_by("-at", "-pk").first()
    if event is None or event.data.get("forum") != ticket.queue_id:
        return None
    return None if ticket.events.filter(kind__in=_BRINGING, pk__gt=event.pk).exists() else event


def _show(comment: Comment, *, on: bool, by: User) -> None:
    with comment.ticket.changing():
        comment.refresh_from_db(fields=["is_public", "is_held", "is_hidden"])
        can = comment.is_hidden if on else comment.is_shown_in_forum
        if not comment.ticket.is_topic or not can:
            raise NotAllowed(_("No change."))
        comment.is_public, comment.is_hidden = on, not on
        comment.save(update_fields=["is_public", "is_hidden"])
        if comment.is_hidden:
            waiting = comment.outbox.filter(kind=Outbox.Kind.TOPIC_POST, state=Outbox.State.WAITING)
            waiting.update(state=Outbox.State.CANCELLED)
        comment.ticket.record(Event.Kind.HIDDEN, by, {"shown": on}, comment=comment)
