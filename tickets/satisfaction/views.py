"""How satisfied customers are: by queue, and what they wrote last."""

from datetime import timedelta

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from recipients.users.access import SignedIn, administrator_required
from tickets.models import Queue, Rating, Ticket

DAYS = 90
#: Comments that are listed.
COMMENTS = 30


@require_GET
@administrator_required
def report(request: SignedIn) -> HttpResponse:
    """The last three months, of the tickets that one may see. Three queries."""
    since = timezone.now() - timedelta(days=DAYS)
    visible = Ticket.objects.visible_to(request.user).order_by().values("pk")
    ratings = Rating.objects.filter(asked_at__gte=since, ticket__in=visible)
    counted = (
        ratings.order_by()
        .values("ticket__queue")
        .annotate(
            asked=Count("pk"),
            good=Count("pk", filter=Q(verdict=Rating.Verdict.GOOD)),
            bad=Count("pk", filter=Q(verdict=Rating.Verdict.BAD)),
        )
    )
    by_queue = {each["ticket__queue"]: each for each in counted}
    queues = [
        (queue, row := by_queue[queue.pk], _share(row["good"], row["bad"]))
        for queue in Queue.objects.filter(pk__in=by_queue)
    ]
    said = ratings.exclude(verdict="").exclude(comment="").select_related("ticket__assignee")
    context = {"queues": queues, "ratings": said.order_by("-answered_at")[:COMMENTS], "days": DAYS}
    return render(request, "tickets/satisfaction/report.html", context)


def _share(good: int, bad: int) -> int | None:
    """How many of a hundred answers are good; None if there are none."""
    return round(100 * good / (good + bad)) if good + bad else None
