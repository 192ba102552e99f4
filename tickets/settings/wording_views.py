"""The pages on which the mails of a queue are worded: which there are, and the editor of one (T06, T11)."""

from collections.abc import Mapping
from http import HTTPStatus

from csp.decorators import csp_update
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from liquid.exceptions import LiquidError

from helpdesk import limits
from helpdesk.ui.ids import row_id
from helpdesk.wording.faults import explained
from helpdesk.wording.liquid import RenderedMail, built_in, trouble, unknown_names
from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.models import Comment, Event, Outbox, Queue, Ticket, TicketSettings, Wording
from tickets.notifications.content import preview
from tickets.notifications.outgoing import outgoing
from tickets.text import references
from tickets.wording.placeholders import NEEDED, known_texts, placeholders
from tickets.wording.rendering import own_words

#: Versions that are offered to be restored.
KEPT = 10


class WordingForm(forms.Form):
    """Subject and text of a mail, in Liquid; what cannot be read says where."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=500)
    body = forms.CharField(label=gettext_lazy("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 18}))

    def __init__(self, *args: object, kind: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as Django's
        self.kind = kind

    def clean_subject(self) -> str:
        return _readable(self.cleaned_data["subject"], self.kind)

    def clean_body(self) -> str:
        body = _readable(self.cleaned_data["body"].replace("\r\n", "\n"), self.kind)
        needed = NEEDED.get(Wording.Kind(self.kind))
        if needed and needed not in body:
            lacks = _("%(name)s is missing, without which this mail is useless.")
            raise ValidationError(lacks, params={"name": needed})
        return body


@administrator_of_all_required
@require_GET
def wordings(request: SignedIn, pk: int) -> HttpResponse:
    """Every mail of a queue, and whether it has words of its own."""
    queue = get_object_or_404(Queue, pk=pk)
    faults = {each.kind: each.fault for each in _versions(queue).order_by("pk")}
    rows = [(kind, own_words(queue, kind) is not None, faults.get(kind, "")) for kind in Wording.Kind]
    return render(request, "tickets/settings/wordings.html", {"queue": queue, "rows": rows})


@administrator_of_all_required
@require_http_methods(["GET", "POST"])
# The frame of the preview has the policy of the page, and mails have their style in attributes. The library's type is
# that of views without further arguments.
@csp_update({"style-src-attr": ["'unsafe-inline'"]})  # type: ignore[arg-type]
def wording(request: SignedIn, pk: int, kind: str) -> HttpResponse:
    """The editor: preview on a ticket, a test mail, save, an earlier version, or the built-in text again."""
    queue = get_object_or_404(Queue, pk=pk)
    if kind not in Wording.Kind.values:
        raise Http404
    do, shown = request.POST.get("do", ""), _shown(request, queue, kind)
    form = WordingForm(request.POST or None, initial=shown, kind=kind)
    if do == "reset" or (do == "save" and form.is_valid()):
        return _write(request, queue, kind, form.cleaned_data if do == "save" else None)
    wanted = request.POST.get("ticket", request.GET.get("ticket", "")).strip().lstrip("#")
    mail, ticket = None, _to_show(queue, wanted, request)
    if ticket and not form.errors:
        words = form.cleaned_data if form.is_bound else shown
        mail = _tried(kind, ticket, (words["subject"], words["body"]), form)
    if mail and ticket and do == "test":
        _send_to_oneself(mail, ticket, request)
    context = {
        "queue": queue,
        "kind": Wording.Kind(kind),
        "form": form,
        "mail": mail,
        "ticket": ticket,
        "wanted": wanted,
        "is_own": own_words(queue, kind) is not None,
        "placeholders": placeholders(kind),
        "versions": _versions(queue).filter(kind=kind).exclude(body="").select_related("by")[:KEPT],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tickets/settings/wording.html", context, status=status)


def _shown(request: SignedIn, queue: Queue, kind: str) -> dict[str, str]:
    """What the form begins with: an earlier version if one is asked for, else what holds now."""
    if version := row_id(request.GET.get("version", "")):
        earlier = get_object_or_404(_versions(queue), pk=version, kind=kind)
        return {"subject": earlier.subject, "body": earlier.body}
    subject, body = own_words(queue, kind) or _built_in(queue, kind)
    return {"subject": subject, "body": body}


def _write(request: SignedIn, queue: Queue, kind: str, words: Mapping[str, str] | None) -> HttpResponse:
    """Let these words hold from now on; without any the built-in ones."""
    words = words or {"subject": "", "body": ""}
    Wording.write(queue, kind, words["subject"], words["body"], by=request.user)
    is_own = bool(words["body"])
    done = _("The text was saved. Mails use it from now on.") if is_own else _("The built-in text is used again.")
    messages.success(request, done)
    return redirect("settings:wording", queue.pk, kind)


def _built_in(queue: Queue, kind: str) -> tuple[str, str]:
    return built_in(kind, queue.language, "subject"), built_in(kind, queue.language, "txt")


def _versions(queue: Queue) -> QuerySet[Wording]:
    return Wording.objects.filter(queue=queue, language=queue.language)


def _readable(source: str, kind: str) -> str:
    if where := trouble(source):
        raise ValidationError(_("It has an error at line:column %(where)s"), params={"where": where})
    if unknown := unknown_names(source, *known_texts(kind)):
        message = _("Nothing is called “%(name)s” in this mail. Use a placeholder from the list.")
        raise ValidationError([ValidationError(message, params={"name": name}) for name in unknown[:5]])
    return source


def _to_show(queue: Queue, wanted: str, request: SignedIn) -> Ticket | None:
    """The ticket on which the text is shown, as if it were in `queue`: of those that the reader may see the one whose
    number is `wanted`, else the newest of the queue, else the newest of all.
    """
    tickets = Ticket.objects.visible_to(request.user).order_by("-pk")
    ticket = (
        tickets.filter(pk=row_id(wanted) or 0).first()
        if wanted
        else tickets.filter(queue=queue).first() or tickets.first()
    )
    if ticket:
        ticket.queue = queue
    return ticket


def _send_to_oneself(mail: RenderedMail, ticket: Ticket, request: SignedIn) -> None:
    """The mail as a notice to its reader, without the tag: what they answer must not reach the customer."""
    if not limits.TEST_MAILS.count(request.user.email):
        messages.error(request, limits.TEST_MAILS.sentence())
        return
    subject = " ".join(mail.subject.replace(references.tag(ticket.number), "").split())
    test = mail.with_subject(_("Test: %(subject)s") % {"subject": subject})
    outgoing(
        Outbox.Kind.NOTICE,
        request.user.email,
        test,
        language=ticket.queue.language,
        to_staff=True,
        addressed_to=ticket.addressed_to,
    ).save()
    messages.success(request, _("The test email to %(address)s is on its way.") % {"address": request.user.email})


def _tried(kind: str, ticket: Ticket, words: tuple[str, str], form: WordingForm) -> RenderedMail | None:
    of_agents = Wording.Kind(kind) is Wording.Kind.NEW_MESSAGE
    wanted = Comment.Kind.AGENT if of_agents else Comment.Kind.CUSTOMER
    said = ticket.comments.filter(is_held=False)
    comment = said.filter(kind=wanted).order_by("pk").first() or said.order_by("pk").first()
    event = Event(ticket=ticket, kind=Event.Kind.OPENED, comment=comment)
    try:
        return preview(kind, event, TicketSettings.load(), words)
    except LiquidError as error:
        form.add_error("body", explained(error)) if form.is_bound else None
        return None
