"""Writing on a ticket: send a reply or a note, keep the draft, take a sent message back."""

from collections.abc import Sequence
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from helpdesk.ui.ids import row_id
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import address_of_ours, sentence
from tickets.agents.people import people_called, people_of
from tickets.agents.ticket_access import visible_or_404
from tickets.conversation.replying import Overtaken, add_note, forward, reply
from tickets.conversation.undo_send import undo_send
from tickets.drafts import drafts
from tickets.models import Attachment, Comment, Ticket
from tickets.models.work.errors import NotAllowed
from tickets.ticket_page.agent_drafts import agent_drafts, new_address, within_quota
from tickets.ticket_page.conversation.message_views import delivered
from tickets.ticket_page.conversation.messages import Message
from tickets.ticket_page.conversation.page import Conversation
from tickets.ticket_page.forms import ComposerForm
from tickets.ticket_page.views import context_of, ticket_page

#: People who are suggested at once.
SUGGESTED = 8
#: Letters from which on everybody is searched.
ENOUGH = 2


@require_POST
@agent_required
@within_quota
def send(request: SignedIn, number: int) -> HttpResponse:
    """Send what was typed; if it cannot be sent, say why and keep it."""
    place = agent_drafts.place(request, number)
    ticket = place.ticket
    assert ticket
    form = ComposerForm(request, drafts.find(place))
    if not form.is_valid():
        return _not_sent(request, place, form)
    try:
        comment = _send(form, ticket, request)
    except Overtaken as overtaken:
        _say_overtaken(form, overtaken.newer)
        return _not_sent(request, place, form)
    except (NotAllowed, ValidationError) as error:
        form.add_error(None, sentence(error))
        return _not_sent(request, place, form)
    drafts.discard(place)
    _tell(request, ticket, comment, form)
    address = "" if form.is_note else address_of_ours(request, "go")
    if not address:
        # To the message itself; with a query, because browsers load no page anew whose fragment alone is another one.
        address = comment.get_absolute_url()
        if request.htmx and (added := _added(request, comment, form.cleaned_data["seen"])):
            return added
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_GET
@agent_required
def people(request: SignedIn) -> HttpResponse:
    """Who fits what is typed into a field for addresses, as JSON: those of the `ticket`, then whoever is known."""
    text, number = request.GET.get("text", "").strip()[:100], row_id(request.GET.get("ticket", ""))
    near = people_of(visible_or_404(request.user, number), request.user) if number else []
    found = [person for person in near if person.fits(text)]
    if len(found) < SUGGESTED and len(text) >= ENOUGH:
        found += [person for person in people_called(text, request.user) if person not in found]
    shown = [{"name": person.name, "address": person.shown} for person in found[:SUGGESTED]]
    return JsonResponse({"people": shown})


@require_GET
@agent_required
def picture(request: SignedIn, cid: str) -> FileResponse:
    """A picture in what one writes, shown while one writes it."""
    file = Attachment.objects.filter(draft__author=request.user, inline=True, cid=cid).first()
    if file is None:
        raise Http404
    return delivered(file, show=True)


@require_POST
@agent_required
def undo(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Take a message back while it waits, and put it back into the composer, or into the form of a new ticket."""
    ticket = visible_or_404(request.user, number)
    comment = get_object_or_404(Comment, pk=pk, ticket=ticket)
    try:
        draft = undo_send(comment, by=request.user)
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
        return redirect("tickets:detail", ticket.pk)
    if draft.ticket_id:
        messages.success(request, _("The message was not sent. It is in the composer again."))
        return redirect("tickets:detail", draft.ticket_id)
    messages.success(
        request, _("The message was not sent, and the ticket no longer exists. Everything you typed is here again.")
    )
    return redirect(new_address(draft.key))


def _send(form: ComposerForm, ticket: Ticket, request: SignedIn) -> Comment:
    data = form.cleaned_data
    if form.is_note:
        return add_note(ticket, by=request.user, html=data["message"], files=form.attachments)
    if data["forwards"]:  # never an answer instead, which the customer would read
        message = ticket.comments.filter(pk=data["forwards"]).first()
        if message is None:
            raise NotAllowed(_("The message to be forwarded is no longer in this ticket. Load the page again."))
        return forward(
            message,
            by=request.user,
            html=data["message"],
            to=data["to"],
            bcc=data["bcc"],
            files=form.attachments,
            status=data["then"] or None,
            seen=data["seen"],
        )
    return reply(
        ticket,
        by=request.user,
        html=data["message"],
        to=data["to"] if data["to"] or form.data.get("usual_to") else None,  # emptied, it says whom it needs
        cc=data["cc"],
        bcc=data["bcc"],
        files=form.attachments,
        status=data["then"] or None,
        seen=data["seen"],
    )


def _added(request: SignedIn, comment: Comment, seen: int | None) -> HttpResponse | None:
    """The message, and what else of the page it changes; None where the page lacks more than that, and comes anew."""
    ticket = visible_or_404(request.user, comment.ticket_id)
    context = context_of(request, ticket)
    entries = context["conversation"].entries
    shown = [entry.comment.pk for entry in entries if isinstance(entry, Message)]
    *before, last = shown
    if last != comment.pk or max(before, default=0) > (seen or 0):
        return None
    place = next(at for at, entry in enumerate(entries) if isinstance(entry, Message) and entry.comment == comment)
    context |= {"conversation": Conversation(entries[place:]), "added": comment.pk, "is_first": not before}
    return render(request, "tickets/ticket_page/_added.html", context)


def _say_overtaken(form: ComposerForm, newer: Sequence[Comment]) -> None:
    """A reply that ignores messages which the agent has not seen is not sent unread."""
    who = ", ".join(dict.fromkeys(Message(comment, None).who for comment in newer))
    text = ngettext(
        "%(who)s wrote while you were writing. Read the message, then send again.",
        "There are new messages by %(who)s. Read them, then send again.",
        len(newer),
    )
    form.add_error(None, text % {"who": who})
    form.newer = newer


def _not_sent(request: SignedIn, place: drafts.Place, form: ComposerForm) -> HttpResponse:
    """With htmx only the reasons come back, so that text and files stay as they are; else the page with all of it."""
    ticket = place.ticket
    assert ticket
    if not request.htmx:
        agent_drafts.keep_unsent(request, place, form)
        return ticket_page(request, ticket, composer=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    seen = form.newer[-1].pk if form.newer else form.data.get("seen", "")
    context = {"ticket": ticket, "composer_form": form, "seen": seen}
    return render(request, "tickets/ticket_page/_composer_errors.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _tell(request: SignedIn, ticket: Ticket, comment: Comment, form: ComposerForm) -> None:
    if form.is_note:
        messages.success(request, _("The note was added."))
        return
    undo_url = reverse("tickets:undo", args=[ticket.pk, comment.pk])
    messages.success(request, _("The message is on its way."), extra_tags=f"undo={undo_url}")
