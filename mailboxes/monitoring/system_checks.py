"""System checks of the settings about mail: a wrong value is refused at the start, and not met by a mail."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from mailboxes.authentication.dns import read_server


@register()
def name_servers_can_be_asked(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each value of `DNS_SERVERS` is the address of a server."""
    errors: list[CheckMessage] = []
    for given in settings.DNS_SERVERS:
        try:
            read_server(given)
        except ValueError:
            hint = "Write addresses, with a port if it is not 53: 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353."
            errors.append(Error(f"DNS_SERVERS: “{given}” is not a name server.", hint=hint, id="mailboxes.E001"))
    return errors
