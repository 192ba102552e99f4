"""How a message moves a ticket on, and the events that say so."""

from collections.abc import Callable

from recipients.models import User
from tickets.models import Comment, Event, Status, Ticket, TicketSettings
from tickets.models.setup.substatus import parted, substatuses
from tickets.models.work.states import after_answer, after_customer_message
from tickets.models.work.ticket import STATUS_FIELDS


def agent_answered(comment: Comment, status: str | None = None, settings: TicketSettings | None = None) -> list[Event]:
    """Take in an agent's message: the status is `status` then, as forms name it, or what the settings say.

    A ticket that is nobody's becomes the agent's, if the settings say so. Saves the ticket; returns the events that
    are to be announced.
    """
    ticket, settings = comment.ticket, settings or TicketSettings.load()
    wanted = status or _target(after_answer(ticket.status, settings.status_after_answer))
    return _agent_spoke(comment, wanted, settings, answers=True)


def forwarded(comment: Comment, status: str | None = None) -> list[Event]:
    """Take in what an agent passed on: no answer to the customer. A ticket that is nobody's becomes the agent's.

    Saves the ticket; returns the events that are to be announced.
    """
    return _agent_spoke(comment, _target(status) if status else "", TicketSettings.load(), answers=False)


def _agent_spoke(comment: Comment, wanted: str, settings: TicketSettings, *, answers: bool) -> list[Event]:
    """The events of an agent's message, whose ticket is saved: in the status `wanted`, "" for the one it has.

    `answers`: the customer was answered by it.
    """
    ticket, before = comment.ticket, comment.ticket.status_value
    if wanted:
        _enter(ticket, wanted, comment)
    if answers:
        ticket.first_response_at = ticket.first_response_at or comment.created_at
    taken = _taken(comment, settings)
    ticket.changed("first_response_at", "assignee", *STATUS_FIELDS)
    return [_said(comment, Event.Kind.AGENT_MESSAGE, comment.agent), *_moved(comment, before, comment.agent), *taken]


def customer_wrote(
    comment: Comment,
    kind: str = Event.Kind.CUSTOMER_MESSAGE,
    *,
    by: User | None = None,
    settings: TicketSettings | None = None,
    changed: Callable[..., None] = Ticket.changed,
) -> list[Event]:
    """Take in a customer's message: what was answered, solved or closed gets the status that the settings say (SC39).

    Saves the ticket by `changed`; returns the events that are to be announced, the first one of `kind`; `by` let it in.
    """
    ticket, settings = comment.ticket, settings or TicketSettings.load()
    before, woken = ticket.status_value, bool(ticket.wakes_on_answer)
    if woken:
        ticket.wakes_at = ticket.wakes_on_answer = None
    target = settings.status_after_reply if ticket.queue.reply_changes_status else ""
    _enter(ticket, _target(after_customer_message(ticket.status, target, settings.status_after_reopening)), comment)
    if comment.recipient == ticket.requester and comment.author_name:
        ticket.requester_name = comment.author_name
    changed(ticket, "requester_name", *STATUS_FIELDS)
    return [_said(comment, kind, by), *_moved(comment, before, by), *_woken(comment, woken=woken)]


def file_away(comment: Comment) -> tuple[Event, list[str]]:
    """Take in a message of the past: the ticket's status stays, its time of change moves on, and nobody is told.

    Saves nothing; returns what happened, and the fields of the ticket that changed.
    """
    ticket, kinds = comment.ticket, {Comment.Kind.AGENT: Event.Kind.AGENT_MESSAGE}
    kind = Event.Kind.HELD if comment.is_held else kinds.get(Comment.Kind(comment.kind), Event.Kind.CUSTOMER_MESSAGE)
    ticket.has_held_comments = ticket.has_held_comments or comment.is_held
    ticket.updated_at = max(ticket.updated_at, comment.created_at)
    fields = ["has_held_comments", "updated_at"]
    if comment.kind == Comment.Kind.AGENT and not ticket.first_response_at:
        ticket.first_response_at = comment.created_at
        fields.append("first_response_at")
    if ticket.is_closed:
        ticket.enter(Status.CLOSED, max(ticket.closed_at or comment.created_at, comment.created_at))
        fields += STATUS_FIELDS
    said = _said(comment, kind, comment.agent)
    said.at, said.data = comment.created_at, {"silent": True}
    return said, fields


def _target(value: str) -> str:
    """A status that the settings name, without the kind of it that is gone since."""
    status, own = parted(value)
    return value if own in substatuses() else status.value


def _enter(ticket: Ticket, wanted: str, comment: Comment) -> None:
    """Set the status, unsaved. A kind of the same status stays: the ticket is no less "with the supplier" then."""
    status, own = parted(wanted)
    if status != ticket.status or (own and own != ticket.substatus_id):
        ticket.enter(status, comment.created_at, own)


def _said(comment: Comment, kind: str, by: User | None) -> Event:
    return Event(ticket=comment.ticket, kind=kind, agent=by, recipient=comment.recipient, comment=comment)


def _woken(comment: Comment, *, woken: bool) -> list[Event]:
    """That the message woke the ticket, if it did."""
    return (
        [Event(ticket=comment.ticket, kind=Event.Kind.SNOOZED, comment=comment, data={"awake": True})] if woken else []
    )


def _taken(comment: Comment, settings: TicketSettings) -> list[Event]:
    """That the ticket became the author's on account of `comment`, if it was nobody's; unsaved as the ticket."""
    ticket, agent = comment.ticket, comment.agent
    if agent is None or ticket.assignee_id or not settings.answering_assigns:
        return []
    ticket.assignee = agent
    data = {"before": "", "after": str(agent)}
    return [Event(ticket=ticket, kind=Event.Kind.ASSIGNEE, agent=agent, comment=comment, data=data)]


def _moved(comment: Comment, before: str, by: User | None) -> list[Event]:
    """That the status changed on account of `comment`, if it did."""
    ticket = comment.ticket
    if ticket.status_value == before:
        return []
    data = ticket.moved_from(before)
    return [Event(ticket=ticket, kind=Event.Kind.STATUS, agent=by, comment=comment, data=data)]
