"""Held messages: an agent lets one in, or keeps it from the conversation."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from recipients.models import User
from tickets.conversation.participants import join
from tickets.conversation.status import customer_wrote
from tickets.models import Comment, Event, NotAllowed, TopicFollower
from tickets.notifications.dispatch import announce
from tickets.sender.primary_address import fulfil


def accept_held(comment: Comment, *, by: User) -> None:
    """Let a held message take part: it counts as the customer's, and its writer gets the answers in CC.

    An automatic mail is kept then, and changes nothing, and so is what answers a notice to staff. Raises NotAllowed if
    it is not held any more.
    """
    with deciding(comment):
        if not comment.is_public:
            comment.held_reason = ""  # it never was public, and is not rejected for that
            comment.save(update_fields=["held_reason"])
            comment.ticket.record(Event.Kind.HELD_ACCEPTED, by, comment=comment)
            return
        if comment.ticket.is_topic:
            TopicFollower.wrote(comment.ticket, comment.recipient)
        else:
            join(comment.ticket, comment.recipient)
        announce([*customer_wrote(comment, Event.Kind.HELD_ACCEPTED, by=by), *fulfil(comment)])


def reject_held(comment: Comment, *, by: User) -> None:
    """Keep a held message for agents alone; its writer hears nothing, now and later. Raises NotAllowed, too."""
    with deciding(comment):
        comment.is_public = False
        comment.save(update_fields=["is_public"])
        comment.ticket.record(Event.Kind.HELD_REJECTED, by, comment=comment)


@contextmanager
def deciding(comment: Comment) -> Iterator[None]:
    """The message is not held any more; the ticket is locked."""
    ticket = comment.ticket
    with ticket.changing():
        comment.refresh_from_db(fields=["is_held", "is_public"])
        if not comment.is_held:
            raise NotAllowed(_("This message is no longer held."))
        comment.is_held = False
        comment.save(update_fields=["is_held"])
        ticket.has_held_comments = ticket.comments.filter(is_held=True).exists()
        ticket.changed("has_held_comments")
        yield
