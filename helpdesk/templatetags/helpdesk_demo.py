"""What do pages show in the demo alone?"""

from typing import Any

from django import template
from django.template import Context

from helpdesk.demo.people import STAFF, VISITOR
from helpdesk.demo.postoffice import PASSWORD

register = template.Library()


@register.inclusion_tag("demo/_sign_ins.html", takes_context=True)
def demo_sign_ins(context: Context) -> dict[str, Any]:
    """The people of the demo, each with a button that signs in as them."""
    return {"staff": STAFF, "password": PASSWORD, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("demo/_visitor.html", takes_context=True)
def demo_visitor(context: Context) -> dict[str, Any]:
    """The customer of the demo, with a button that mails her a link for the portal."""
    return {"visitor": VISITOR, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("demo/_visitors_mail.html")
def demo_visitors_mail(address: str) -> dict[str, Any]:
    """Where the mail is that was sent to `address`."""
    return {"address": address}
