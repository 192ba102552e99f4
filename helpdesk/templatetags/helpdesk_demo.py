"""What do pages show in the demo alone?"""

from typing import Any

from django import template
from django.template import Context

from helpdesk.demo.people import STAFF, VISITOR
from helpdesk.demo.postoffice import PASSWORD
from recipients.models import CustomerAddress, User

register = template.Library()


@register.inclusion_tag("demo/_sign_ins.html", takes_context=True)
def demo_sign_ins(context: Context) -> dict[str, Any]:
    """Those of the demo's people who are there, each with a button that signs in as them; without samples one is."""
    there = set(User.objects.filter(email__in=[each.email for each in STAFF]).values_list("email", flat=True))
    staff = [each for each in STAFF if each.email in there]
    return {
        "staff": staff,
        "has_visitor": _has_visitor(),
        "password": PASSWORD,
        "csrf_token": context.get("csrf_token"),
    }


def _has_visitor() -> bool:
    return CustomerAddress.objects.filter(address=VISITOR).exists()


@register.inclusion_tag("demo/_visitor.html", takes_context=True)
def demo_visitor(context: Context) -> dict[str, Any]:
    """The customer of the demo, with a button that mails her a link for the portal."""
    return {"visitor": VISITOR if _has_visitor() else "", "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("demo/_visitors_mail.html")
def demo_visitors_mail(address: str) -> dict[str, Any]:
    """Where the mail is that was sent to `address`."""
    return {"address": address}
