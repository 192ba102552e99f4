"""The pages of a new queue: its steps, and what its customers get (T02)."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk import limits
from mailboxes.new_queue.example import Example, examples, mails_to_try
from mailboxes.new_queue.steps import STEPS, Draft
from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.models import Outbox, Queue
from tickets.text import mail_html


@administrator_of_all_required
@require_GET
def begin(request: SignedIn) -> HttpResponse:
    """Go on where one stopped."""
    return redirect("settings:new_queue", Draft(request.session).next_step.key)


@administrator_of_all_required
@require_http_methods(["GET", "POST"])
def step(request: SignedIn, name: str) -> HttpResponse:
    """One step. Whatever button is pressed, what was typed is kept; only the last one writes a queue."""
    number = next((number for number, each in enumerate(STEPS) if each.key == name), None)
    if number is None:
        raise Http404
    draft, here = Draft(request.session), STEPS[number]
    do = request.POST.get("do", "")
    if do == "forget":
        draft.forget()
        return redirect("settings:queues")
    if request.method == "POST":
        draft.keep(here, request.POST)
        if do == "back" and number:
            return redirect("settings:new_queue", STEPS[number - 1].key)
    form = draft.form(here)
    if request.method == "POST" and form.is_valid():
        return _created(request, draft) if here is STEPS[-1] else redirect("settings:new_queue", STEPS[number + 1].key)
    context = {
        "form": form,
        "step": here,
        "steps": STEPS,
        "number": number + 1,
        "is_last": here is STEPS[-1],
        "confirmation": _confirmation(request, draft) if here is STEPS[-1] else None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "mailboxes/new_queue/step.html", context, status=status)


def _confirmation(request: SignedIn, draft: Draft) -> Example:
    """That of the queue as it is so far."""
    form = draft.whole()
    form.is_valid()
    form.instance.confirmation = True
    return examples(form.instance, request.user)[0]


def _created(request: SignedIn, draft: Draft) -> HttpResponse:
    if wrong := draft.wrong_step():
        return redirect("settings:new_queue", wrong.key)
    form = draft.whole()
    form.is_valid()
    queue = form.save()
    draft.forget()
    messages.success(request, _("The queue %(queue)s is ready.") % {"queue": queue})
    return redirect("settings:queue_example", queue.pk)


@administrator_of_all_required
@require_GET
def example(request: SignedIn, pk: int) -> HttpResponse:
    """What customers of the queue get, and what it still lacks."""
    queue = get_object_or_404(Queue.objects.prefetch_related("addresses"), pk=pk)
    context = {
        "queue": queue,
        "examples": examples(queue, request.user),
        "has_agents": queue.agents.filter(is_active=True).exists(),
    }
    return render(request, "mailboxes/new_queue/example.html", context)


@administrator_of_all_required
@require_GET
def example_body(request: SignedIn, pk: int, name: str) -> HttpResponse:
    """The HTML of one of the mails, for its frame."""
    found = {each.key: each for each in examples(get_object_or_404(Queue, pk=pk), request.user)}
    if name not in found:
        raise Http404
    mail = found[name].mail
    return mail_html.response(mail.html, title=mail.subject, pictures={}, remote_images=False)


@administrator_of_all_required
@require_POST
def example_send(request: SignedIn, pk: int) -> HttpResponse:
    """Send the mails to whoever asks for them."""
    queue = get_object_or_404(Queue, pk=pk)
    if limits.TEST_MAILS.count(request.user.email):
        Outbox.objects.bulk_create(mails_to_try(queue, request.user))
        messages.success(request, _("They are on their way to %(address)s.") % {"address": request.user.email})
    else:
        messages.error(request, limits.TEST_MAILS.sentence())
    return redirect("settings:queue_example", pk)
