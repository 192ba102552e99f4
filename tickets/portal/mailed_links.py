"""The pages behind the links of mails: confirm the address (A05, SC20), rate a ticket, end the mails of a topic.

Whoever has the link need not be signed in, and opening it changes nothing, as mail scanners open links: a button does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from helpdesk import limits
from recipients.addressing.normalise import masked
from tickets.models import Queue, Rating, TopicFollower, VerificationRequest
from tickets.satisfaction.asking import answer, find
from tickets.sender.verification import Answer, answer_of, confirm

_WELCOME = (Answer.OPEN, Answer.CONFIRMED, Answer.SETTLED)

View = Callable[..., HttpResponse]


def behind_link(view: View) -> View:
    """A page whose address is a secret: it is kept nowhere, passed on to nobody, and found by no search engine."""

    @cache_control(no_store=True, private=True)
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "strict-origin"  # with "no-referrer" its form would be sent without an origin
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return page


@contextmanager
def as_mailed(request: HttpRequest, queue: Queue) -> Iterator[None]:
    """The language and the time zone of the mail that carried the link, unless another language was chosen here."""
    language = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else queue.language
    with translation.override(language), timezone.override(ZoneInfo(queue.time_zone)):
        yield


@behind_link
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """What is to be confirmed, and the button."""
    link = VerificationRequest.find(token)
    if link is None:
        return render(request, "tickets/portal/verify.html", status=HTTPStatus.NOT_FOUND)
    answered = confirm(link) if request.method == "POST" else answer_of(link)
    context = {"link": link, "ticket": link.ticket, "answer": answered, "address": masked(link.address)}
    status = HTTPStatus.OK if answered in _WELCOME else HTTPStatus.GONE
    with as_mailed(request, link.ticket.queue):
        return render(request, "tickets/portal/verify.html", context, status=status)


class RatingForm(forms.Form):
    verdict = forms.ChoiceField(label=_("Are you satisfied?"), choices=Rating.Verdict.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        label=_("Is there anything we should know?"),
        required=False,
        max_length=limits.RATING_CHARACTERS.amount,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@behind_link
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """The question, with the answer of the link that was clicked chosen."""
    rating = find(token)
    if rating is None:
        return render(request, "tickets/satisfaction/rate.html", status=HTTPStatus.NOT_FOUND)
    with as_mailed(request, rating.ticket.queue):
        wanted = request.GET.get("rating", "")
        chosen = wanted if wanted in Rating.Verdict.values else rating.verdict
        form = RatingForm(request.POST or None, initial={"verdict": chosen, "comment": rating.comment})
        done = form.is_valid()
        if done:
            answer(rating, form.cleaned_data["verdict"], form.cleaned_data["comment"])
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        context = {"rating": rating, "ticket": rating.ticket, "form": form, "done": done}
        return render(request, "tickets/satisfaction/rate.html", context, status=status)


@csrf_exempt  # mail programs press it for their reader, who is not signed in (RFC 8058); the address is the proof
@behind_link
def unfollow(request: HttpRequest, token: str) -> HttpResponse:
    """No more mails of a topic, and the button."""
    follower = TopicFollower.find(token)
    if follower is None:
        return render(request, "tickets/portal/unfollow.html", status=HTTPStatus.NOT_FOUND)
    done = request.method == "POST"
    if done:
        TopicFollower.objects.filter(pk=follower.pk).update(is_on=False)
    with as_mailed(request, follower.ticket.queue):
        return render(request, "tickets/portal/unfollow.html", {"follower": follower, "done": done})
