"""The page of the link by which a customer says whether they are satisfied."""

from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from helpdesk import limits
from tickets.models import Rating
from tickets.satisfaction.asking import answer, find


class RatingForm(forms.Form):
    verdict = forms.ChoiceField(label=_("Are you satisfied?"), choices=Rating.Verdict.choices, widget=forms.RadioSelect)
    comment = forms.CharField(
        label=_("Is there anything we should know?"),
        required=False,
        max_length=limits.RATING_CHARACTERS.amount,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@cache_control(no_store=True, private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """The question, with the answer of the link that was clicked chosen; only sending it changes anything."""
    rating = find(token)
    if rating is None:
        response = render(request, "tickets/satisfaction/rate.html", status=404)
    else:
        queue = rating.ticket.queue
        language = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else queue.language
        with translation.override(language), timezone.override(ZoneInfo(queue.time_zone)):
            response = _page(request, rating)
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(request: HttpRequest, rating: Rating) -> HttpResponse:
    wanted = request.GET.get("rating", "")
    chosen = wanted if wanted in Rating.Verdict.values else rating.verdict
    form = RatingForm(request.POST or None, initial={"verdict": chosen, "comment": rating.comment})
    done = form.is_valid()
    if done:
        answer(rating, form.cleaned_data["verdict"], form.cleaned_data["comment"])
    status = 422 if form.errors else 200
    context = {"rating": rating, "ticket": rating.ticket, "form": form, "done": done}
    return render(request, "tickets/satisfaction/rate.html", context, status=status)
