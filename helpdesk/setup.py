"""What is still missing before mail becomes tickets and answers leave? (R08, U07)"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailboxes.models import Address, Mailbox
from recipients.models import User
from tickets.models import Outbox, Queue, TicketSettings


@dataclass(frozen=True)
class Requirement:
    """One thing that must be there: how it is asked for, in the same query as all others, and where it is mended."""

    key: str
    title: str | Promise
    missing: str | Promise
    url_name: str
    question: Callable[[], Combinable]


@dataclass(frozen=True)
class Step:
    """A requirement, and whether it is met."""

    requirement: Requirement
    done: bool


REQUIREMENTS = (
    Requirement(
        "mailbox",
        _("An incoming mailbox"),
        _("Without one, no mail comes in: the account of your support address at your mail server."),
        "settings:mailboxes",
        lambda: Exists(Mailbox.objects.filter(is_default=True, is_active=True)),
    ),
    Requirement(
        "fetched",
        _("Mail is fetched"),
        _("The default mailbox has not been fetched successfully; its page says at which step it fails."),
        "settings:mailboxes",
        lambda: Exists(Mailbox.objects.filter(is_default=True, is_active=True, state=Mailbox.State.OK)),
    ),
    Requirement(
        "smtp",
        _("Outgoing mail (SMTP)"),
        _("Without an SMTP server in the default mailbox, answers and notifications wait in the outbox."),
        "settings:mailboxes",
        lambda: Exists(Mailbox.objects.filter(is_default=True).exclude(smtp_host="")),
    ),
    Requirement(
        "leaves",
        _("Mail leaves"),
        _("Mails that should have left minutes ago are still in the outbox; each of them says why."),
        "mailboxes:outbox",
        lambda: ~Exists(Outbox.objects.overdue()),
    ),
    Requirement(
        "queue",
        _("A queue for its address"),
        _("No queue handles the default mailbox's address: its mail waits in the mail log and is in no ticket."),
        "settings:queues",
        lambda: Exists(Address.objects.filter(mailbox__is_default=True, is_main=True, queue__isnull=False)),
    ),
    Requirement(
        "agents",
        _("Agents"),
        _("No queue has an agent: create users, and put them into the queues they work on."),
        "settings:users",
        lambda: Exists(Queue.objects.filter(agents__is_active=True)),
    ),
    Requirement(
        "notifications",
        _("Ticket notifications"),
        _("They are switched off: customers get no confirmation, and nobody is told about new tickets."),
        "settings:tickets",
        lambda: ~Exists(TicketSettings.objects.filter(notifications=False)),
    ),
    Requirement(
        "admin_email",
        _("An Admin email"),
        _("Nobody is told about tickets that no agent may see yet."),
        "settings:tickets",
        lambda: Exists(TicketSettings.objects.exclude(admin_email="")),
    ),
)


def steps() -> list[Step]:
    """Every requirement in the order in which one sets them up. One query."""
    questions = {each.key: each.question() for each in REQUIREMENTS}
    answers = User.objects.order_by().annotate(**questions).values_list(*questions)[:1].get()
    return [Step(each, bool(done)) for each, done in zip(REQUIREMENTS, answers, strict=True)]


def missing() -> list[Step]:
    """What is not there yet; empty when everything is set up. One query."""
    return [step for step in steps() if not step.done]
