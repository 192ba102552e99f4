"""The pages of the outbox: the list, one mail exactly as it leaves, and sending it again."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Min, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from helpdesk.ui.pages import ListPage
from mailboxes.mail_log.filters import OutboxFilter
from mailboxes.mail_log.source_views import Source, as_file
from mailboxes.mail_log.tables import OutboxTable
from mailboxes.models.visibility import visible_outbox
from mailboxes.sending import outbox as sending
from mailboxes.sending.identities import NoSender
from recipients.users.access import SignedIn, administrator_required
from tickets.models import Outbox


class OutboxList(ListPage):
    """Every mail that waits, has left, or could not, the newest first."""

    request: SignedIn
    template_name = "mailboxes/mail_log/outbox_list.html"
    filter_class, table_class = OutboxFilter, OutboxTable
    title = gettext_lazy("Outbox")
    icon = "send"
    no_match = gettext_lazy("No mail matches")
    nothing = gettext_lazy("Nothing has been sent yet")
    nothing_text = gettext_lazy("Answers and notifications are listed here: waiting, sent and failed.")

    def get_queryset(self) -> QuerySet[Outbox]:
        return visible_outbox(self.request.user).defer("text", "html", "references")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        late = visible_outbox(self.request.user).overdue()
        overdue = late.aggregate(number=Count("pk"), since=Min("created_at"))
        return super().get_context_data(overdue=overdue, **kwargs)


@administrator_required
def outbox_detail(request: SignedIn, pk: int) -> HttpResponse:
    mail = get_object_or_404(visible_outbox(request.user), pk=pk)
    context = {"mail": mail, "source": _source(mail), "files": mail.attachments.all()}
    return render(request, "mailboxes/mail_log/outbox_detail.html", context)


@administrator_required
def outbox_file(request: SignedIn, pk: int) -> HttpResponse:
    mail = get_object_or_404(visible_outbox(request.user), pk=pk)
    try:
        return as_file(sending.compose(mail), f"outbox-{mail.pk}.eml")
    except (NoSender, OSError) as error:
        raise Http404 from error


@administrator_required
@require_POST
def retry(request: SignedIn, pk: int) -> HttpResponse:
    mail = get_object_or_404(visible_outbox(request.user), pk=pk)
    sending.retry(mail)
    messages.success(request, _("It is being sent again, under the same Message-ID."))
    return redirect("mailboxes:outbox_detail", pk)


@administrator_required
@require_POST
def retry_all(request: SignedIn) -> HttpResponse:
    """Do not wait for the next attempt of what could not leave."""
    number = sending.retry_all(visible_outbox(request.user))
    tried = ngettext(
        "%(number)d email will be tried again within seconds.",
        "%(number)d emails will be tried again within seconds.",
        number,
    )
    messages.success(request, tried % {"number": number} if number else _("Nothing is waiting for another attempt."))
    return redirect("mailboxes:outbox")


@administrator_required
@require_POST
def cancel(request: SignedIn, pk: int) -> HttpResponse:
    """Keep a waiting mail from leaving. One that a worker is handing over at this moment leaves all the same."""
    mail = get_object_or_404(visible_outbox(request.user), pk=pk)
    waiting = Outbox.objects.filter(pk=mail.pk, state=Outbox.State.WAITING)
    if waiting.update(state=Outbox.State.CANCELLED):
        messages.success(request, _("It will not be sent."))
    else:
        messages.error(request, _("It is no longer waiting."))
    return redirect("mailboxes:outbox_detail", pk)


def _source(mail: Outbox) -> Source:
    """The exact mail, or why there is none yet."""
    try:
        return Source.cut(sending.compose(mail))
    except NoSender as reason:
        return Source(trouble=str(reason))
    except OSError as error:
        return Source(trouble=_("An attachment cannot be read: %(error)s") % {"error": error})
