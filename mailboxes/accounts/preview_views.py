"""The preview of senders: a part of the page of a queue that follows what is chosen there."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from mailboxes.accounts.identity_preview import previews
from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.models import Queue


@administrator_of_all_required
def sender_preview(request: SignedIn, pk: int) -> HttpResponse:
    """With what was chosen in the form, saved or not; anything else there is as it was saved."""
    queue = get_object_or_404(Queue.objects.prefetch_related("addresses"), pk=pk)
    if request.GET.get("sender") in Queue.Sender.values:
        queue.sender, queue.reply_to_agent = request.GET["sender"], "reply_to_agent" in request.GET
    found = previews(queue, request.user, queue.addresses.all())
    return render(request, "mailboxes/accounts/_sender_preview.html", {"previews": found})
