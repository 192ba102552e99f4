"""What stands around every page of the settings?"""

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse

from helpdesk.settings_map import SETTINGS
from helpdesk.templatetags.helpdesk_ui import NavigationLink

register = template.Library()


@register.simple_tag(takes_context=True)
def settings_navigation(context: Context) -> list[NavigationLink]:
    """Every settings page, the one the request is in marked as current."""
    request: HttpRequest = context["request"]
    links = [(reverse(page.name), page) for page in SETTINGS]
    return [NavigationLink(url, page.label, page.icon, "", request.path.startswith(url)) for url, page in links]
