"""Cells of an import: each column's text read as a value; a ValueError says in a sentence why it cannot be."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from recipients.addressing.normalise import normalise
from recipients.customers.import_file.columns import COLUMNS
from recipients.customers.import_file.known import Known, words
from recipients.customers.import_file.words import KINDS, NO, YES
from recipients.models import Kind, Partner

Reader = Callable[[str, Known], Any]


def _text(length: int) -> Reader:
    def read(text: str, known: Known) -> str:
        if len(text) > length:
            raise ValueError(_("Too long: at most %(length)d characters.") % {"length": length})
        return text

    return read


def _kind(text: str, known: Known) -> str:
    if kind := _kinds().get(text.casefold()):
        return kind
    kinds = ", ".join(str(label) for label in Kind.labels)
    raise ValueError(_("“%(text)s” is not one of: %(kinds)s.") % {"text": text, "kinds": kinds})


@cache
def _kinds() -> dict[str, str]:
    """Folded word of any language → kind."""
    found = {str(value): str(value) for value in Kind.values}
    found |= {word: kind for kind, others in KINDS.items() for word in others}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found |= {str(label).casefold(): str(value) for value, label in Kind.choices}
    return found


def _is_company(text: str, known: Known) -> bool:
    if text.casefold() in YES | NO:
        return text.casefold() in YES
    raise ValueError(_("“%(text)s” is neither yes nor no.") % {"text": text})


def _company(text: str, known: Known) -> Any:
    found = known.companies.get(text.casefold(), [])
    if not found:
        raise ValueError(_("No company is called “%(text)s”, or has this number.") % {"text": text})
    if len(found) > 1:
        raise ValueError(_("More than one company is called “%(text)s”. Give its number.") % {"text": text})
    return found[0]


def _partner(text: str, known: Known) -> Partner:
    if partner := known.partners.get(text.casefold()):
        return partner
    raise ValueError(_("There is no partner “%(text)s”.") % {"text": text})


def _address(text: str, known: Known) -> str:
    address = normalise(text)
    several = words(text)
    if not address and len(several) > 1 and all(map(normalise, several)):
        column = COLUMNS["addresses"]
        raise ValueError(
            _("There are %(count)d addresses. Keep one, and put the others into “%(column)s”.")
            % {"count": len(several), "column": column}
        )
    if not address:
        raise ValueError(_("“%(text)s” is not an email address.") % {"text": text})
    if address in known.own:
        raise ValueError(_("%(text)s is a mailbox's address, so it cannot be a customer's.") % {"text": text})
    return address


def _addresses(text: str, known: Known) -> list[str]:
    return list(dict.fromkeys(_address(word, known) for word in words(text)))


def _language(text: str, known: Known) -> str:
    if language := _languages().get(re.sub(r"[-_]\w+$", "", text.casefold())):
        return language
    codes = ", ".join(code for code, _name in settings.LANGUAGES)
    raise ValueError(_("“%(text)s” is not one of: %(codes)s.") % {"text": text, "codes": codes})


@cache
def _languages() -> dict[str, str]:
    """Folded code, or name in any language → code."""
    found = {code: code for code, _name in settings.LANGUAGES}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found |= {translation.gettext(str(name)).casefold(): each for each, name in settings.LANGUAGES}
            found[translation.get_language_info(code)["name_local"].casefold()] = code
    return found


READERS: Mapping[str, Reader] = {
    "number": _text(64),
    "name": _text(300),
    "kind": _kind,
    "is_company": _is_company,
    "company": _company,
    "partner": _partner,
    "email": _address,
    "addresses": _addresses,
    "billing_email": _address,
    "language": _language,
    "notes": _text(10_000),
}
