"""What is still missing before mail becomes tickets and answers leave? (R08, U07)"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, QuerySet, Value
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk.database.prepared import PreparedQuery
from mailboxes.models import Address, Mailbox
from recipients.models import User
from tickets.models import Outbox, Queue, TicketSettings, Wording
from tickets.models.work.outbox import PATIENCE


@dataclass(frozen=True)
class Requirement:
    """One thing that must be there: how it is asked for, in the same query as all others, and where it is mended.

    `url_name` is a page for everybody who may mend it, `field` what is to be filled in there: in the form of the
    default mailbox or queue where the page lists those. Without an `optional` one the set-up is complete.
    """

    key: str
    title: str | Promise
    missing: str | Promise
    url_name: str
    question: Callable[[datetime], Combinable]
    field: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Step:
    """A requirement, and whether it is met; on the page of the set-up also what went wrong, and where it is mended."""

    requirement: Requirement
    done: bool
    url: str = ""
    reason: str = ""

    @property
    def is_missing(self) -> bool:
        return not self.done and not self.requirement.optional


def _or_hosted(question: Combinable) -> Combinable:
    """Mail for a hosted domain is handed over: nothing has to be fetched (U06)."""
    return Value(True) if settings.HOSTED_DOMAINS else question


#: In the order in which one sets them up, which is that of docs/setup.md.
REQUIREMENTS = (
    Requirement(
        "queue",
        _("A queue"),
        _("A department that answers. Tickets are kept in queues, and agents see the tickets of their queues."),
        "settings:queues",
        lambda _before: Exists(Queue.objects.all()),
        "name",
    ),
    Requirement(
        "mailbox",
        _("An incoming mailbox"),
        _("Without one, no mail comes in. Use the account of your support address on your mail server."),
        "settings:mailboxes",
        lambda _before: _or_hosted(Exists(Mailbox.objects.filter(is_default=True, is_active=True))),
        "address",
    ),
    Requirement(
        "handled",
        _("A queue for its address"),
        _("No queue is chosen for the default mailbox's address: its mail waits in the mail log."),
        "settings:mailboxes",
        lambda _before: Exists(Address.objects.filter(mailbox__is_default=True, is_main=True, queue__isnull=False)),
        "queue",
    ),
    Requirement(
        "fetched",
        _("Mail is fetched"),
        _("The default mailbox has not been fetched successfully."),
        "settings:mailboxes",
        lambda _before: _or_hosted(
            Exists(Mailbox.objects.filter(is_default=True, is_active=True, state=Mailbox.State.OK)),
        ),
        "imap_host",
    ),
    Requirement(
        "smtp",
        _("Outgoing mail (SMTP)"),
        _("Without an SMTP server in the default mailbox, answers and notifications wait in the outbox."),
        "settings:mailboxes",
        lambda _before: (
            Value(True) if settings.EMAIL_HOST else Exists(Mailbox.objects.filter(is_default=True).able_to_send())
        ),
        "smtp_host",
    ),
    Requirement(
        "leaves",
        _("Mail leaves"),
        _("Mails that should have been sent minutes ago are still in the outbox; each one says why."),
        "mailboxes:outbox",
        lambda before: ~Exists(Outbox.objects.overdue(before)),
    ),
    Requirement(
        "agents",
        _("Agents"),
        _("No queue has an agent: create users, and put them into the queues they work on."),
        "settings:users",
        lambda _before: Exists(Queue.objects.filter(agents__is_active=True)),
    ),
    Requirement(
        "notifications",
        _("Ticket notifications"),
        _("They are switched off: customers get no confirmation, and nobody is notified of new tickets."),
        "settings:tickets",
        lambda _before: ~Exists(TicketSettings.objects.filter(notifications=False)),
        "notifications",
    ),
    Requirement(
        "wording",
        _("Texts without errors"),
        _(
            "One of a queue's texts has an error, so its emails use the built-in text. The list of its texts "
            "shows which."
        ),
        "settings:queues",
        lambda _before: ~Exists(Wording.objects.broken()),
    ),
    Requirement(
        "admin_email",
        _("An admin email"),
        _("Nobody is notified of tickets that no agent can see yet."),
        "settings:tickets",
        lambda _before: Exists(TicketSettings.objects.exclude(admin_email="")),
        "admin_email",
        optional=True,
    ),
)


def make_starter_queue() -> None:
    """Where there is no queue, make the default one: the newest user works in it, its language is the installation's.

    The first mailbox is its, unless somebody chooses another.
    """
    user = User.objects.order_by("pk").last()
    if user is None or Queue.objects.exists():
        return
    queue = Queue.objects.create(
        name=gettext("Support"), is_default=True, language=settings.LANGUAGE_CODE, time_zone=settings.TIME_ZONE
    )
    queue.agents.add(user)


def steps() -> list[Step]:
    """Every requirement in the order in which one sets them up. One query."""
    answers = _questions(settings.EMAIL_HOST, bool(settings.HOSTED_DOMAINS)).rows(before=timezone.now() - PATIENCE)
    return [Step(each, bool(done)) for each, done in zip(REQUIREMENTS, answers[0], strict=True)]


@cache
def _questions(*_settings: object) -> "PreparedQuery[tuple[object, ...]]":
    """All questions in one statement, composed once: it is asked for every page of an administrator.

    By the settings that the questions depend on.
    """

    def ask(before: datetime) -> QuerySet[User, Any]:
        questions = {each.key: each.question(before) for each in REQUIREMENTS}
        return User.objects.order_by().annotate(**questions).values_list(*questions)[:1]

    return PreparedQuery(lambda *answers: answers, ask, before=timezone.now())


def missing() -> list[Step]:
    """What is not there yet; empty when everything is set up. One query."""
    return [step for step in steps() if step.is_missing]


def explained() -> list[Step]:
    """`steps`, each with what went wrong and the field where it is mended. At most five queries."""
    mailbox = Mailbox.objects.filter(is_default=True).first()
    queue = Queue.objects.order_by("-is_default", "pk").first()
    return [
        replace(step, url=_url(step.requirement, mailbox, queue), reason=_reason(step, mailbox)) for step in steps()
    ]


def _url(requirement: Requirement, mailbox: Mailbox | None, queue: Queue | None) -> str:
    row: Mailbox | Queue | None = None
    if requirement.key == "wording" and (broken := Wording.objects.broken().first()):
        return reverse("settings:wording", args=[broken.queue_id, broken.kind])
    name, field = requirement.url_name, requirement.field
    if name == "settings:mailboxes":
        name, row = ("settings:mailbox", mailbox) if mailbox else ("settings:mailbox_add", None)
        field = "is_active" if requirement.key == "mailbox" and mailbox else field
    elif name == "settings:queues":
        name, row = ("settings:queue", queue) if queue else ("settings:new_queue_begin", None)
    return reverse(name, args=[row.pk] if row else []) + (f"#id_{field}" if field else "")


def _reason(step: Step, mailbox: Mailbox | None) -> str:
    """What the server said last, as it is written where it failed."""
    if step.requirement.key == "fetched" and not step.done and mailbox and mailbox.state != Mailbox.State.OK:
        return str(mailbox.state_message)
    if step.requirement.key == "leaves":
        if not step.done:
            errors = Outbox.objects.overdue().exclude(error="").order_by("created_at")
            return errors.values_list("error", flat=True).first() or ""
        if not Outbox.objects.filter(state=Outbox.State.SENT).exists():
            return str(_("No mail has been sent yet. “Test connection” on the mailbox's page tests sending."))
    return ""
