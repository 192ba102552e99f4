"""What does every part of the look look like? A page for developers, at /styleguide/ while DEBUG is on."""

from datetime import timedelta
from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from helpdesk.ui.cells import RowSelect


class ExampleForm(forms.Form):
    """One field of each kind; sent empty, so that errors are shown too."""

    address = forms.EmailField(label="Email address", help_text="Mail to this address becomes tickets.")
    name = forms.CharField(label="Name", required=False)
    queue = forms.ChoiceField(label="Queue", choices=[("", "Choose one"), ("support", "Support"), ("sales", "Sales")])
    security = forms.ChoiceField(
        label="Encryption",
        choices=[("tls", "TLS"), ("starttls", "STARTTLS"), ("none", "None")],
        widget=forms.RadioSelect,
        initial="tls",
    )
    signature = forms.CharField(label="Signature", required=False, widget=forms.Textarea)
    picture = forms.FileField(label="Picture", required=False)
    confirm = forms.BooleanField(
        label="Confirm receipt", required=False, help_text="Only for the first message of a new ticket."
    )


class ExampleTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """A dense list as on the ticket page."""

    select = RowSelect()
    subject = tables.TemplateColumn(
        '<a class="row-link truncate" href="#{{ record.pk }}">{{ value }}</a>', attrs={"td": {"class": "fill"}}
    )
    status = tables.TemplateColumn('<span class="status" data-mark="{{ record.mark }}">{{ value }}</span>')
    priority = tables.TemplateColumn('<span class="priority" data-priority="{{ value|lower }}">{{ value }}</span>')
    requester = tables.TemplateColumn(
        '{% load helpdesk_ui %}<span class="person">{% avatar value "small" %}<span>{{ value }}</span></span>',
        attrs={"td": {"class": "nowrap"}},
    )
    updated = tables.TemplateColumn("{% load helpdesk_ui %}{{ value|relative }}")

    class Meta:
        order_by = "-updated"
        attrs = {"id": "example-tickets", "class": "table-inline", "aria_label": "Example tickets"}


SUBJECTS = (
    ("Invoice 2024-118 shows the wrong address", "New", "dot", "High", "Carla Conti"),
    ("Cannot sign in after the move to the new office", "Open", "half", "Urgent", "Jörg Müller"),
    ("Question about the delivery on Thursday", "Waiting", "dashed", "Normal", "Анна Иванова"),
    ("Printer on the third floor prints stripes again, photographs attached", "Solved", "check", "Low", "Zoë Ångström"),
    ("Thank you", "Closed", "square", "Normal", "Carla Conti"),
    ("Re: Re: Fwd: Offer", "Merged", "diamond", "Normal", "Acme GmbH"),
)


def styleguide(request: HttpRequest) -> HttpResponse:
    table = ExampleTable(_rows())
    tables.RequestConfig(request, paginate={"per_page": 6}).configure(table)
    context: dict[str, Any] = {
        "form": ExampleForm(prefix="fresh"),
        "wrong_form": ExampleForm({"address": "anna", "queue": ""}),
        "table": table,
        "now": timezone.now(),
        "earlier": timezone.now() - timedelta(hours=3, minutes=4),
        "later": timezone.now() + timedelta(hours=2, minutes=30),
        "long_ago": timezone.now() - timedelta(days=90),
    }
    return render(request, "styleguide/styleguide.html", context)


def _rows() -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "pk": n,
            "subject": f"{subject}",
            "status": status,
            "mark": mark,
            "priority": priority,
            "requester": requester,
            "updated": now - timedelta(hours=n * n),
        }
        for n, (subject, status, mark, priority, requester) in enumerate(SUBJECTS * 4, start=1)
    ]
