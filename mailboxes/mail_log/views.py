"""The pages of the mail log: the list, one mail with everything known about it, and processing it again."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.ui.pages import Link, ListPage
from mailboxes.inbound import retries
from mailboxes.mail_log.filters import InboundFilter
from mailboxes.mail_log.source_views import Source
from mailboxes.mail_log.tables import InboundTable
from mailboxes.models import InboundEmail
from mailboxes.models.visibility import visible_inbound
from recipients.addressing.normalise import display
from recipients.matching.explanation import lines, sentence
from recipients.users.access import SignedIn, administrator_required
from tickets.agents.masking import masked
from tickets.sender.badges import authentication

SHOWN = 50  # deliveries of one mail


class MailLog(ListPage):
    """Every message ever seen, the newest first."""

    request: SignedIn
    filter_class, table_class = InboundFilter, InboundTable
    title = gettext_lazy("Mail log")
    links = (Link("mailboxes:what_if", gettext_lazy("What would happen?"), "flask-conical"),)
    icon = "scroll-text"
    no_match = gettext_lazy("No mail matches")
    nothing = gettext_lazy("No mail has come in yet")
    nothing_text = gettext_lazy("Every message is listed here with its outcome, whether it became a ticket or not.")
    nothing_link = Link("setup", gettext_lazy("Check setup"), "settings")

    def get_queryset(self) -> QuerySet[InboundEmail]:
        rows = visible_inbound(self.request.user).select_related("mailbox")
        return rows.defer("traceback", "match", "verdict")


@administrator_required
def log_detail(request: SignedIn, pk: int) -> HttpResponse:
    mail = _mail(request, pk)
    valid = mail.comment.validity if mail.comment else ""
    (match,) = masked([mail.match], request.user)
    context = {
        "mail": mail,
        "source": Source.of(mail),
        "sentence": sentence(match, match.get("customer_name", ""), display(mail.author), valid),
        "steps": lines(match) if match else [],
        "sender_verdict": authentication(mail.verdict),
        "deliveries": mail.duplicates.order_by("fetched_at")[:SHOWN],
    }
    return render(request, "mailboxes/mail_log/log_detail.html", context)


@administrator_required
@require_POST
def replay(request: SignedIn, pk: int) -> HttpResponse:
    """Process the mail once more by the way of every mail, and say what came of it."""
    mail = retries.replay(_mail(request, pk), request.user)
    level = messages.SUCCESS if mail.is_processed else messages.WARNING
    result = _("Processed again: %(outcome)s. %(reason)s")
    text = result % {"outcome": mail.get_outcome_display(), "reason": mail.reason}
    messages.add_message(request, level, text)
    return redirect("mailboxes:log_detail", mail.pk)


def _mail(request: SignedIn, pk: int) -> InboundEmail:
    rows = visible_inbound(request.user).select_related("mailbox", "ticket", "duplicate_of", "replayed_by")
    return get_object_or_404(rows, pk=pk)
