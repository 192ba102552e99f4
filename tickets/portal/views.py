"""The visitor's pages about tickets: their list, one of them with its files, an answer, a new one."""

from http import HTTPStatus

from django.contrib import messages
from django.db.models import Case, IntegerField, Value, When
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk import limits
from helpdesk.ui.ids import row_id
from helpdesk.ui.pagination import paged
from recipients.portal.access import PortalRequest, visitor_required
from tickets.drafts import drafts
from tickets.intake.by_visitor import answer, ask, recognised, solve
from tickets.intake.threading import is_closed_for_good
from tickets.models import Attachment, Comment, NotAllowed, Ticket
from tickets.models.work.states import FINISHED
from tickets.models.work.visibility import TicketQuerySet, said_to_customers
from tickets.portal.conversation import portal_conversation
from tickets.portal.forms import AnswerForm, RequestForm, within_quota
from tickets.portal.tables import RequestTable, status_badge
from tickets.portal.visible import note_reading, visible_or_404, with_news
from tickets.portal.visitor_drafts import visitor_drafts
from tickets.search.query import search_for_visitor
from tickets.sender import portal_claims
from tickets.ticket_page.conversation.message_views import delivered, whole_text

#: Nothing stays in the browser after signing out.
private = cache_control(private=True, no_store=True)


@require_safe
@private
@visitor_required
def request_list(request: PortalRequest) -> HttpResponse:
    """Everything that the visitor may see: what is open first, then what is finished, each with the newest first."""
    shown, text = request.GET.get("show", ""), request.GET.get("text", "")
    tickets = search_for_visitor(_shown(Ticket.objects.visible_to_visitor(request.visitor), shown), text)
    tickets = with_news(_in_order(tickets), request.visitor)
    table = RequestTable(tickets, exclude=() if request.visitor.companies else ("requester",))
    table = paged(request, table, limit=limits.LIST_TIME if text else None)
    context = {"table": table, "show": shown, "text": text, "is_narrowed": bool(shown or text.strip())}
    return render(request, "tickets/portal/request_list.html", context)


@require_safe
@private
@visitor_required
def ticket(request: PortalRequest, number: int) -> HttpResponse:
    """A ticket and its conversation; a merged one leads to where it goes on."""
    found = visible_or_404(request.visitor, number)
    if found.is_merged:
        return redirect("portal:ticket", visible_or_404(request.visitor, found.merged_into_id or 0).pk)
    return _page(request, found, AnswerForm(request, drafts.find(visitor_drafts.at(request, found))))


@require_http_methods(["GET", "HEAD", "POST"])
@private
@visitor_required
@within_quota
def reply(request: PortalRequest, number: int) -> HttpResponse:
    """Add what was written; if it cannot be added, say why and keep it. Who had to sign in first sees the ticket."""
    if request.method != "POST":
        return redirect("portal:ticket", number)
    found = visible_or_404(request.visitor, number)
    place = visitor_drafts.at(request, found)
    form = AnswerForm(request, drafts.find(place))
    if comment := form.sent_before(request.visitor):
        return redirect(comment.portal_path)
    try:
        comment = answer(request.visitor, found, form.mail(request.visitor, found.subject)) if form.is_valid() else None
    except NotAllowed as error:
        form.add_error(None, str(error))
    if not form.is_valid():
        visitor_drafts.keep_unsent(request, place, form)
        return _page(request, found, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if comment is None:
        raise Http404
    drafts.discard(place)
    messages.success(request, _("We have received your message."))
    return redirect(comment.portal_path)


@require_http_methods(["GET", "HEAD", "POST"])
@visitor_required
def solved(request: PortalRequest, number: int) -> HttpResponse:
    """The visitor's question is answered. Who had to sign in first sees the ticket."""
    if request.method != "POST":
        return redirect("portal:ticket", number)
    found = visible_or_404(request.visitor, number)
    try:
        solve(request.visitor, found)
    except NotAllowed:  # merged meanwhile: its page leads to where it goes on
        return redirect("portal:ticket", number)
    messages.success(request, _("Thank you. If there is anything else, just write again."))
    return redirect("portal:ticket", number)


@require_http_methods(["GET", "HEAD", "POST"])
@visitor_required
def wrote(request: PortalRequest, number: int) -> HttpResponse:
    """The visitor wrote the messages that they saw in their name. Who had to sign in first sees the ticket."""
    if request.method != "POST":
        return redirect("portal:ticket", number)
    found = visible_or_404(request.visitor, number)
    shown = {pk for each in request.POST.getlist("message") if (pk := row_id(each))}
    try:
        count = portal_claims.wrote(request.visitor, found, shown)
    except NotAllowed:  # merged meanwhile: its page leads to where it goes on
        return redirect("portal:ticket", number)
    if count:
        messages.success(request, _("Thank you. Now we know that you wrote it."))
    return redirect("portal:ticket", number)


@require_http_methods(["GET", "HEAD", "POST"])
@private
@visitor_required
@within_quota
def new(request: PortalRequest) -> HttpResponse:
    """Ask something new."""
    sent = visitor_drafts.at(request, key=request.POST.get("key", ""))
    draft = drafts.find(sent) if request.POST else visitor_drafts.unfinished(request)
    form = RequestForm(request, draft, request.visitor, recognised(request.visitor))
    place = visitor_drafts.at(request, key=form["key"].value() or "")
    if comment := form.sent_before(request.visitor):
        return redirect(comment.portal_path)
    if form.queues and form.is_bound and form.is_valid():
        try:
            mail = form.mail(request.visitor, form.cleaned_data["subject"])
            comment = ask(request.visitor, mail, form.queue_chosen, form.customer_chosen)
        except NotAllowed as error:
            form.add_error(None, str(error))
        else:
            drafts.discard(place)
            messages.success(request, _("We have received your request. We will answer you here and by email."))
            return redirect(comment.portal_path)
    if form.is_bound:
        visitor_drafts.keep_unsent(request, place, form)
    context = {"form": form, "draft": form.draft, "files": drafts.files(form.draft)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tickets/portal/request_new.html", context, status=status)


@require_safe
@private
@visitor_required
def text(request: PortalRequest, number: int, pk: int) -> HttpResponse:
    """The whole text of a message that is too long for the page of its ticket."""
    comments = said_to_customers(Comment.objects.filter(ticket=visible_or_404(request.visitor, number)))
    comment = get_object_or_404(comments, pk=pk)
    by_agent = comment.kind == Comment.Kind.AGENT  # what an agent's mail quotes is our notice to agents
    return whole_text((by_agent and comment.reply) or comment.text)


@require_safe
@private
@visitor_required
def attachment(request: PortalRequest, number: int, pk: int) -> FileResponse:
    """A file of a message that the visitor may read: to be kept, or with `?show=1` to be looked at if harmless."""
    comments = said_to_customers(Comment.objects.filter(ticket=visible_or_404(request.visitor, number)))
    file = get_object_or_404(Attachment, pk=pk, comment__in=comments)
    return delivered(file, show=request.GET.get("show") == "1")


def _page(request: PortalRequest, found: Ticket, form: AnswerForm, status: int = HTTPStatus.OK) -> HttpResponse:
    visible = Ticket.objects.visible_to_visitor(request.visitor)
    closed_for_good = is_closed_for_good(found, timezone.now())
    conversation = portal_conversation(found, request.visitor, row_id(request.GET.get("before", "")))
    if conversation.is_newest:
        note_reading(request.visitor, found, [message.comment for message in conversation.messages])
    context = {
        "ticket": found,
        "status": status_badge(found),
        "conversation": conversation,
        "followed": visible.filter(pk=found.follow_up_of_id).first() if found.follow_up_of_id else None,
        "follow_up": visible.filter(follow_up_of=found).first() if closed_for_good else None,
        "is_mine": bool(found.requester and found.requester.address in request.visitor.addresses),
        "is_finished": found.is_finished,
        "is_closed_for_good": closed_for_good,
        "form": form,
        "draft": form.draft,
        "files": drafts.files(form.draft),
    }
    return render(request, "tickets/portal/request_detail.html", context, status=status)


def _shown(tickets: TicketQuerySet, which: str) -> TicketQuerySet:
    if which == "open":
        return tickets.unsolved()
    return tickets.finished() if which == "done" else tickets.not_merged()


def _in_order(tickets: TicketQuerySet) -> TicketQuerySet:
    last = Case(When(status__in=FINISHED, then=Value(1)), default=Value(0), output_field=IntegerField())
    found = tickets.annotate(done=last).select_related("requester").defer("match", "verdict")
    return found.order_by("done", "-updated_at", "-pk")
