"""The pages of forums: their topics, one of them, an answer, a new one, and following."""

from http import HTTPStatus

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk import limits
from helpdesk.ui.ids import row_id
from helpdesk.ui.pagination import paged
from recipients.models import Recipient
from recipients.portal.access import PortalRequest, visitor_required
from tickets.drafts import drafts
from tickets.intake.by_visitor import open_topic, post
from tickets.intake.threading import is_closed_for_good
from tickets.models import Attachment, Comment, NotAllowed, Ticket, TopicFollower
from tickets.models.work.visibility import forums_for, said_to_customers
from tickets.portal.forms import AnswerForm, TopicForm, within_quota
from tickets.portal.topics import TopicTable, opened_by, posts_of, topic_or_404, topics_of
from tickets.portal.visitor_drafts import topic_drafts
from tickets.search.query import search_topics
from tickets.text.public import public_text
from tickets.ticket_page.conversation.message_views import delivered, whole_text

private = cache_control(private=True, no_store=True)


@require_safe
@private
@visitor_required
def topic_list(request: PortalRequest) -> HttpResponse:
    """The topics of all forums that the visitor may read, or of one of them."""
    forums, text, chosen = (
        forums_for(request.visitor),
        request.GET.get("text", ""),
        row_id(request.GET.get("forum", "")),
    )
    topics = search_topics(topics_of(request.visitor), text)
    if chosen:
        topics = topics.filter(queue=chosen)
    table = TopicTable(topics, exclude=() if len(forums) > 1 else ("forum",))
    shown = {"forums": forums, "has_forums": forums, "chosen": chosen, "text": text}
    context = {"table": paged(request, table, limit=limits.LIST_TIME if text else None), **shown}
    return render(request, "tickets/portal/topic_list.html", context)


@require_safe
@private
@visitor_required
def topic(request: PortalRequest, number: int) -> HttpResponse:
    """A topic and what was said in it; a merged one leads to where it goes on."""
    found = topic_or_404(request.visitor, number)
    if found.is_merged:
        return redirect("portal:topic", topic_or_404(request.visitor, found.merged_into_id or 0).pk)
    return _page(request, found, AnswerForm(request, drafts.find(topic_drafts.at(request, found))))


@require_http_methods(["GET", "HEAD", "POST"])
@private
@visitor_required
@within_quota
def reply(request: PortalRequest, number: int) -> HttpResponse:
    """Publish what was written; if it cannot be, say why and keep it. Who had to sign in first sees the topic."""
    if request.method != "POST":
        return redirect("portal:topic", number)
    found = topic_or_404(request.visitor, number)
    place = topic_drafts.at(request, found)
    form = AnswerForm(request, drafts.find(place))
    if comment := form.sent_before(request.visitor):
        return redirect(comment.portal_path)
    comment = None
    try:
        if form.is_valid():
            comment = post(request.visitor, found, form.mail(request.visitor, found.subject))
    except NotAllowed as error:
        form.add_error(None, str(error))
    if not form.is_valid():
        topic_drafts.keep_unsent(request, place, form)
        return _page(request, found, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if comment is None:
        raise Http404
    drafts.discard(place)
    messages.success(request, _("Your message was posted in the forum."))
    return redirect(comment.portal_path)


@require_http_methods(["GET", "HEAD", "POST"])
@private
@visitor_required
@within_quota
def new(request: PortalRequest) -> HttpResponse:
    """Open a topic."""
    forums = forums_for(request.visitor)
    if not forums:
        raise Http404
    sent = topic_drafts.at(request, key=request.POST.get("key", ""))
    draft = drafts.find(sent) if request.POST else topic_drafts.unfinished(request)
    form = TopicForm(request, draft, forums, row_id(request.GET.get("forum", "")))
    place = topic_drafts.at(request, key=form["key"].value() or "")
    if comment := form.sent_before(request.visitor):
        return redirect(comment.portal_path)
    if form.is_bound and form.is_valid():
        try:
            mail = form.mail(request.visitor, form.cleaned_data["subject"])
            comment = open_topic(request.visitor, mail, form.forum_chosen)
        except NotAllowed as error:
            form.add_error(None, str(error))
        else:
            drafts.discard(place)
            if comment.ticket.is_topic:
                messages.success(request, _("Your topic was posted in the forum."))
            else:  # a rule took it to somebody else
                messages.success(request, _("We have received your request. We will answer you here and by email."))
            return redirect(comment.portal_path)
    if form.is_bound:
        topic_drafts.keep_unsent(request, place, form)
    context = {"form": form, "forums": forums, "draft": form.draft, "files": drafts.files(form.draft)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tickets/portal/topic_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@private
@visitor_required
def follow(request: PortalRequest, number: int) -> HttpResponse:
    """Get a mail of each message, or none any more. Who had to sign in first sees the topic."""
    if request.method != "POST":
        return redirect("portal:topic", number)
    found, on = topic_or_404(request.visitor, number), request.POST.get("follow") == "1"
    if on and not TopicFollower.has_room(found):
        messages.error(request, limits.FOLLOWERS.sentence())
    else:
        TopicFollower.objects.filter(ticket=found, recipient__address__in=request.visitor.addresses).update(is_on=False)
        TopicFollower.switch(found, Recipient.objects.known(request.visitor.address), on=on)
        told = (
            _("You will get an email for each new message.")
            if on
            else _("You will get no more emails about this topic.")
        )
        messages.success(request, told)
    return redirect("portal:topic", number)


@require_safe
@private
@visitor_required
def text(request: PortalRequest, number: int, pk: int) -> HttpResponse:
    """The whole text of a message that is too long for the page of its topic."""
    comment = get_object_or_404(_said(request, number), pk=pk)
    return whole_text(public_text(comment.reply or comment.text))


@require_safe
@private
@visitor_required
def attachment(request: PortalRequest, number: int, pk: int) -> FileResponse:
    """A file of a message of a topic."""
    file = get_object_or_404(Attachment, pk=pk, comment__in=_said(request, number))
    return delivered(file, show=request.GET.get("show") == "1")


def _said(request: PortalRequest, number: int) -> QuerySet[Comment]:
    return said_to_customers(Comment.objects.filter(ticket=topic_or_404(request.visitor, number)))


def _page(request: PortalRequest, found: Ticket, form: AnswerForm, status: int = HTTPStatus.OK) -> HttpResponse:
    posts, earlier = posts_of(found, request.visitor, row_id(request.GET.get("before", "")))
    mine = TopicFollower.objects.filter(ticket=found, recipient__address__in=request.visitor.addresses, is_on=True)
    context = {
        "ticket": found,
        "subject": public_text(found.subject),
        "opened_by": opened_by(found),
        "posts": posts,
        "earlier": earlier,
        "is_newest": "before" not in request.GET,
        "follows": mine.exists(),
        "is_closed_for_good": is_closed_for_good(found, timezone.now()),
        "form": form,
        "draft": form.draft,
        "files": drafts.files(form.draft),
        "has_forums": True,
    }
    return render(request, "tickets/portal/topic_detail.html", context, status=status)
