"""Inputs and selects of forms, written in Python: a template for each option took a sixth of a list's time."""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"
#: What Django calls an empty choice that nobody gave a word: it shows nothing.
UNNAMED = "---------"


class Renderer(TemplatesSetting):
    """Renders as the templates of Django and ours do; a select as they would, without asking them."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
        if template_name == SELECT:
            return _select(context["widget"])
        return super().render(template_name, context, request)  # type: ignore[return-value]  # as Django has it


def _select(widget: Mapping[str, Any]) -> SafeString:
    options = []
    for group, choices, _index in widget["optgroups"]:
        written = "".join(map(_option, choices))
        options.append(f'<optgroup label="{escape(group)}">{written}</optgroup>' if group else written)
    begins = f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>'
    return mark_safe(f"{begins}{''.join(options)}</select>")  # noqa: S308 - escaped


def _option(choice: Mapping[str, Any]) -> str:
    label = "" if choice["label"] == UNNAMED else escape(choice["label"])
    return f'<option value="{escape(str(choice["value"]))}"{_attributes(choice["attrs"])}>{label}</option>'


def _attributes(attributes: Mapping[str, Any]) -> str:
    said = ((name, value) for name, value in attributes.items() if value is not False)
    return "".join(f" {name}" if value is True else f' {name}="{escape(str(value))}"' for name, value in said)
