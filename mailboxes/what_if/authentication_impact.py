"""The impact of enforcing authentication: what it would have done with the last thirty days of a mailbox.

Read from what was stored when each mail came in, its verdict and whom it was taken for, and weighed by the functions
that decide (`recipients.matching.match.domain_counts`, `tickets.intake.reply_policy.is_unproven`). Nothing is checked
again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from helpdesk.ui.trials import Trial, first_moment
from mailboxes.authentication import received_results
from mailboxes.inbound.unreadable import read_stored
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.models.ledger import InboundQuerySet
from mailboxes.models.visibility import visible_inbound
from recipients.addressing.normalise import display, domain_of
from recipients.matching.match import BY_DOMAIN, Step, domain_counts
from recipients.matching.verdict import Verdict
from recipients.models import User
from tickets.models import Queue

WEIGHED = (Outcome.TICKET, Outcome.COMMENT)  # every other outcome is the same when authentication is enforced
LOOKED_INTO = 8  # mails that are read for the name of the server, the newest ones …
LARGEST = 256 * 1024  # … of this size at most
_BY_NUMBER = Q(subject__contains="[#", comment__answers_our_mail=False, comment__in_portal=False, verdict__passed=False)
_REFUTED = Q(verdict__failed=True) | Q(verdict__elsewhere=True, verdict__passed=False)
_HELD = Q(outcome=Outcome.COMMENT) & (_REFUTED | _BY_NUMBER)
_BY_DOMAIN = Q(
    outcome__in=WEIGHED, match__step__in=[str(step) for step in BY_DOMAIN], match__reason=None, verdict__passed=False
)


@dataclass(frozen=True, slots=True)
class AuthenticationImpact(Trial[InboundEmail]):
    """The mails that enforcing would have treated differently; `shown` are all of those that the reader may see.

    `by_server` and `by_us`: of how many mails something is known, by whom; `held` and `by_domain`: in what they would
    have been different. `hidden` are further ones, about tickets that the reader may not see.
    """

    by_server: int
    by_us: int
    held: int
    by_domain: int
    hidden: int


def impact_of_enforcing(mailbox: Mailbox, user: User) -> AuthenticationImpact:
    """The impact on the last thirty days of `mailbox`, for `user`. Two queries, and one for what is shown."""
    mails = _recent(mailbox, visible_inbound(user))
    counted = mails.aggregate(
        total=Count("pk"),
        found=Count("pk", filter=_HELD | _BY_DOMAIN),
        by_server=Count("pk", filter=Q(verdict__trusted=True)),
        by_us=Count("pk", filter=Q(dkim__isnull=False)),
        held=Count("pk", filter=_HELD),
        by_domain=Count("pk", filter=_BY_DOMAIN & ~_HELD),
    )
    different = (
        mails.filter(_HELD | _BY_DOMAIN)
        .select_related("ticket__queue", "ticket__requester", "comment")
        .defer("traceback")
    )
    everything = _recent(mailbox, InboundEmail.objects.all()).filter(_HELD | _BY_DOMAIN).count()
    hidden = everything - counted["found"]
    return AuthenticationImpact(**counted, looked_at=counted["total"], shown=different, hidden=hidden)


def consequences(mail: InboundEmail) -> Iterator[str]:
    """What enforcing would have changed for one mail, a sentence each."""
    verdict, step = Verdict.from_json(mail.verdict), mail.match.get("step")
    if mail.outcome == Outcome.COMMENT and verdict.is_refuted(enforce=True):
        yield _("It would have been held: %(server)s says that its sender is not authentic.") % {
            "server": verdict.authserv_id
        }
    elif mail.outcome == Outcome.COMMENT and _is_by_number(mail, verdict):
        yield _("It would have been held: nobody vouches for it, and only its number names the ticket.")
    if step not in BY_DOMAIN or mail.match.get("customer") is None or domain_counts(verdict, enforce=True):
        return
    values = {"domain": display(f"@{domain_of(mail.author)}")[1:], "customer": mail.match.get("customer_name", "")}
    yield _("%(domain)s would not have counted as a domain of %(customer)s, because nobody vouched for it.") % values
    if mail.outcome == Outcome.TICKET and _refuses(mail):
        yield _("Its queue refuses unknown senders, so it would have opened no ticket.")
    if mail.outcome == Outcome.COMMENT and step == Step.AUTHORISED_DOMAIN and not _is_requester(mail):
        yield _("It would have been held, unless its sender takes part in the ticket in some other way.")


def servers_seen(mailbox: Mailbox) -> list[tuple[str, int]]:
    """Who wrote the topmost Authentication-Results of the newest mails, and how many of them; most often first."""
    rows = InboundEmail.objects.filter(mailbox=mailbox, size__lte=LARGEST).exclude(raw_sha256="")
    names: Counter[str] = Counter()
    for row in rows.only("raw_sha256").order_by("-fetched_at", "-pk")[:LOOKED_INTO]:
        mail = read_stored(row, headers_only=True)
        headers = mail.authentication_results if mail else ()
        if name := received_results.author_of(headers[0]) if headers else "":
            names[name] += 1
    return names.most_common()


def _recent(mailbox: Mailbox, rows: InboundQuerySet) -> InboundQuerySet:
    return rows.since(first_moment()).filter(mailbox=mailbox, outcome__in=WEIGHED)


def _is_by_number(mail: InboundEmail, verdict: Verdict) -> bool:
    """As near as can be told afterwards: that it also answered a customer's mail of the ticket is kept nowhere."""
    comment = mail.comment
    answers = comment is not None and (comment.answers_our_mail or comment.in_portal)
    return "[#" in mail.subject and not answers and not verdict.passed


def _refuses(mail: InboundEmail) -> bool:
    return mail.ticket is not None and mail.ticket.queue.unknown_senders == Queue.UnknownSenders.REFUSE


def _is_requester(mail: InboundEmail) -> bool:
    requester = mail.ticket.requester if mail.ticket else None
    return requester is not None and requester.address == mail.author
