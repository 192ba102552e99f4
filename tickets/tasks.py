"""What workers do for tickets. Each task calls one function, and may run twice."""

from celery import shared_task

from recipients.matching.validity import Validity
from tickets.assigning import rounds
from tickets.drafts import drafts, file_cleanup
from tickets.models import VerificationRequest
from tickets.notifications import authorised_senders, summaries
from tickets.rules import over_time
from tickets.satisfaction import asking
from tickets.service_levels import rechecking, telling
from tickets.waiting import closing, closing_summary, snooze


@shared_task
def tell_of_changed_senders() -> None:
    """Tell customers whose authorised senders have changed."""
    authorised_senders.tell_due()


@shared_task
def forget_verification_requests() -> None:
    """Delete requests that have expired long ago, but not of tickets to verify: they count how often was asked."""
    VerificationRequest.outlived().exclude(ticket__validity=Validity.TO_VERIFY).delete()


@shared_task
def summarise_notices() -> None:
    """Tell those who work here in one mail of the notices that were too many to be sent singly."""
    summaries.tell_due()


@shared_task
def assign_tickets() -> None:
    """Give out tickets that are nobody's, and those of agents who are away."""
    rounds.hand_over()
    rounds.assign_due()


@shared_task
def wake_tickets() -> None:
    """Let snoozed tickets come back whose time has come."""
    snooze.wake_due()


@shared_task
def close_waiting() -> None:
    """Tell customers who do not answer that their tickets will be closed, and close them."""
    closing.warn_due()
    closing.close_due()


@shared_task
def tell_what_is_due() -> None:
    """Write down, and tell agents, what is due soon or overdue."""
    telling.tell_due()


@shared_task
def recheck_due_times() -> None:
    """Let due times follow hours, days off, service levels and whatever else is no ticket's own."""
    rechecking.recheck()


@shared_task
def follow_rules() -> None:
    """Let the rules over time act."""
    over_time.follow_all()


@shared_task
def ask_for_ratings() -> None:
    """Ask customers whether they are satisfied, once for a ticket that is done."""
    asking.ask_due()


@shared_task
def send_summaries() -> None:
    """Send customers the summaries of tickets that were just done."""
    closing_summary.send_due()


@shared_task
def tidy_drafts() -> None:
    """Give up what was typed long ago and never sent, and delete the files that nobody needs any more."""
    drafts.give_up_old()
    file_cleanup.delete_unused()
