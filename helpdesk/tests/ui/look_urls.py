"""Which pages do the tests of the look need? The style guide, a composer, a mail in a frame, a message to undo."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import RequestContext, Template
from django.urls import path
from django.views.decorators.clickjacking import xframe_options_sameorigin

from helpdesk import urls as project
from helpdesk.styleguide import styleguide

POSTED: list[dict[str, str]] = []

COMPOSER = """{% extends "base.html" %}
{% block title %}Answer{% endblock %}{% block heading %}Answer{% endblock %}
{% block content %}
<form class="composer" method="post" action="/sent/" enctype="multipart/form-data" data-composer
      data-draft-url="/draft/">{% csrf_token %}
<span role="status" data-draft-state data-saving="Saving…" data-saved="Draft saved" data-failed="Not saved"></span>
<textarea name="text" aria-label="Message"></textarea><input type="file" name="files" multiple aria-label="Files">
<ul class="attachments" data-files data-remove="Remove"></ul>
<button class="button primary" name="then" value="send" data-send>Send</button></form>
<form class="form" method="post" action="/sent/" data-guard>{% csrf_token %}<input name="name" aria-label="Name"></form>
<a href="/styleguide/">Away</a>
{% endblock %}"""

FRAMED = """{% extends "base.html" %}
{% block title %}Mail{% endblock %}{% block heading %}Mail{% endblock %}
{% block content %}
<iframe class="mail-frame" sandbox="allow-same-origin allow-popups" src="/mail-body/" title="Mail of Carla"></iframe>
{% endblock %}"""


def page(source: str):  # type: ignore[no-untyped-def]
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(Template(source).render(RequestContext(request)))

    return view


def posted(request: HttpRequest) -> HttpResponse:
    POSTED.append({"path": request.path, "files": str(len(request.FILES.getlist("files"))), **request.POST.dict()})
    return HttpResponse("ok")


@xframe_options_sameorigin
def mail_body(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!DOCTYPE html><title>Mail</title>" + "<p>A long mail.</p>" * 60)


def ban(request: HttpRequest) -> HttpResponse:
    messages.success(request, "The address is banned.", extra_tags="undo=/unban/")
    return redirect("/styleguide/")


def ok(request: HttpRequest, **_: object) -> HttpResponse:
    return HttpResponse("<title>There</title>")


urlpatterns = [
    path("styleguide/", styleguide),
    path("composer/", page(COMPOSER)),
    path("framed/", page(FRAMED)),
    path("mail-body/", mail_body),
    path("draft/", posted),
    path("sent/", posted),
    path("unban/", posted),
    path("ban/", ban),
    path("tickets/", ok),
    path("recipients/", ok),
    path("mail/log/", ok),
    path("mail/outbox/", ok),
    *project.urlpatterns,
]
