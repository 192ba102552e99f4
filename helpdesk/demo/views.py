"""The demo's mail program: a visitor reads and writes in everybody's name, so it exists in the demo alone."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.demo import inbox, people, postoffice, story
from helpdesk.demo.forms import MailForm
from helpdesk.demo.inbox import Received
from helpdesk.demo.mails import Mail
from tickets.text import mail_html


@never_cache
@require_safe
def mailbox(request: HttpRequest, address: str = people.VISITOR) -> HttpResponse:
    """A person's mails, newest first; htmx asks again every two seconds, for the list alone."""
    received = inbox.received(address)
    if request.headers.get("HX-Request") and request.GET.get("known") == str(len(received)):
        return HttpResponse(status=204)
    template = "demo/_mailbox.html" if request.headers.get("HX-Request") else "demo/mailbox.html"
    return render(request, template, {**_page(address), "received": received[::-1]})


@never_cache
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, address: str, index: int | None = None) -> HttpResponse:
    """A new mail of that person, or a reply to the mail at `index`."""
    start = Mail(address, "", people.MAIN_ADDRESS, "", "")
    if index is not None:
        start = _mail(address, index).answer(address)
    initial = {"sender": start.sender, "to": start.to, "subject": start.subject, "text": start.text}
    form = MailForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        mail = form.mail(start.headers)
        story.post(postoffice.current(), mail)
        messages.success(request, _("The mail to %(address)s is sent.") % {"address": mail.to})
        return redirect("demo:mailbox", mail.sender)
    context = {**_page(address), "form": form, "is_reply": index is not None, "ours": inbox.OURS}
    return render(
        request, "demo/write.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    )


@xframe_options_sameorigin
@require_safe
def html(request: HttpRequest, address: str, index: int) -> HttpResponse:
    """The mail as its sender laid it out, for a frame without scripts."""
    email = _mail(address, index).email
    pictures = {
        attachment.cid: reverse("demo:file", args=[address, index, position])
        for position, attachment in enumerate(email.attachments)
        if attachment.cid
    }
    return mail_html.response(email.html, title=email.subject, pictures=pictures, remote_images=False)


@require_safe
def file(request: HttpRequest, address: str, index: int, position: int) -> HttpResponse:
    try:
        attachment = _mail(address, index).email.attachments[position]
    except IndexError:
        raise Http404 from None
    is_picture = attachment.type in ("image/png", "image/jpeg", "image/gif", "image/webp")
    response = HttpResponse(
        attachment.content, content_type=attachment.type if is_picture else "application/octet-stream"
    )
    disposition = content_disposition_header(not is_picture, attachment.name)
    assert disposition is not None
    response["Content-Disposition"] = disposition
    return response


def _mail(address: str, index: int) -> Received:
    try:
        return inbox.received(address)[index]
    except IndexError:
        raise Http404 from None


def _page(address: str) -> dict[str, object]:
    names = people.names()
    return {
        "address": address,
        "name": names.get(address, address),
        "people": [(each, names.get(each, ""), count) for each, count in inbox.addresses()],
    }
