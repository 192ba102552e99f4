"""Links of a mail whose words are another address than the one that they lead to."""

import re
from html import escape, unescape
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from recipients.addressing.normalise import has_known_ending, normalise_domain, organisation_of

#: In sanitised HTML no link lies in another one, and each is closed.
_LINK = re.compile(r'<a [^<>]*?href="(https?://[^"]*)"[^<>]*>(.*?)</a>', re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
#: Words that are an address of the web, with or without what is before its host.
_ADDRESS = re.compile(r"(https?:/{0,3}(?:[^\s/@]*@)?|)((?:[\w-]+\.)+[^\W\d_][\w-]+)(?=[/:?#]\S*$|$)", re.IGNORECASE)


def with_targets(html: str) -> str:
    """Sanitised `html`, where a link that names a host of one organisation and leads to another says where it leads."""
    return _LINK.sub(_told, html)


def _told(link: "re.Match[str]") -> str:
    named, target = _host(unescape(_TAG.sub("", link[2])).strip()), urlsplit(unescape(link[1])).hostname or ""
    if not named or not target or organisation_of(named) == organisation_of(normalise_domain(target) or target):
        return link[0]
    hosts = {"named": named, "target": target}
    says = escape(_("The text of this link names %(named)s, but it leads to %(target)s.") % hosts)
    return f'{link[0]} <small dir="ltr" title="{says}">[→ {escape(target)}]</small>'


def _host(words: str) -> str:
    """The host that `words` name, "" if they are no address."""
    found = _ADDRESS.match(words) if len(words) < 2_000 else None
    host = normalise_domain(found[2]) if found else ""
    if found and (found[1] or host.startswith("www.") or has_known_ending(host)):  # and no name of a file
        return host
    return ""
