"""Sentences about the state of a mailbox: stored as a code with values, translated for each reader.

A worker that writes down what went wrong has no language; pages and mails have that of their reader.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

_CODE, _VALUES, _TEXT, _DAY = "code", "values", "text", "day"


class Sentence(TextChoices):
    """Every sentence, and the parts that stand in others."""

    HOST_UNKNOWN = (
        "host_unknown",
        _("The name of the server, “%(host)s”, cannot be resolved. Check its spelling and the DNS."),
    )
    UNREACHABLE = (
        "unreachable",
        _("%(server)s cannot be reached (%(reason)s). Check the port, the firewall and that the server runs."),
    )
    PORT_CLOSED = "port_closed", _("nothing answers on that port")
    CLOSED_BY_SERVER = "closed_by_server", _("the server closed it")
    NO_ROUTE = "no_route", _("there is no route to it on the network")
    TIMED_OUT = (
        "timed_out",
        _(
            "%(server)s did not answer within %(seconds)g seconds. Check the firewall, the port and its "
            "kind of encryption; a busy server will answer at the next attempt."
        ),
    )
    CONNECTION_LOST = "connection_lost", _("The connection to %(server)s was lost (%(reason)s).")
    CERTIFICATE_UNTRUSTED = (
        "certificate_untrusted",
        _(
            "The certificate of %(server)s is not trusted: %(reason)s. "
            "Use the name in the certificate, renew it, or put the certificate of the authority that issued it into "
            "the field “Certificate authority”."
        ),
    )
    NO_TLS = (
        "no_tls",
        _("%(server)s does not speak TLS here (%(reason)s). Check the port, or choose STARTTLS if it needs that."),
    )
    NO_STARTTLS = (
        "no_starttls",
        _(
            "%(server)s does not offer STARTTLS (“%(reply)s”). No password was sent. Choose TLS if the "
            "server supports it, and ask its operator if STARTTLS worked before."
        ),
    )
    NO_IMAP = (
        "no_imap",
        _("%(server)s does not answer like an IMAP server (“%(reply)s”). Check the port, or try again later."),
    )
    NO_POP3 = (
        "no_pop3",
        _("%(server)s does not answer like a POP3 server (“%(reply)s”). Check the port, or try again later."),
    )
    NO_SMTP = (
        "no_smtp",
        _("%(server)s does not answer like an SMTP server (“%(reply)s”). Check the port, or try again later."),
    )
    ALL_SIGN_INS_REFUSED = "all_sign_ins_refused", _("%(server)s is refusing all sign-ins at the moment: “%(reply)s”.")
    NO_USER = "no_user", _("nobody")
    PASSWORD_REFUSED = (
        "password_refused",
        _(
            "%(server)s refused the sign-in of %(user)s: “%(reply)s”. Check the user name and the "
            "password; some providers require an app password."
        ),
    )
    TOKEN_REFUSED = (
        "token_refused",
        _(
            "%(server)s refused the sign-in of %(user)s: “%(reply)s”. Sign in again on the mailbox's "
            "page, as somebody who may use this mailbox."
        ),
    )
    REFUSED = "refused", _("%(server)s refused the request: “%(reply)s”.")
    NO_FOLDER = (
        "no_folder",
        _("There is no folder “%(folder)s” in the mailbox %(user)s at %(server)s. Choose one that exists."),
    )
    TOO_LARGE = "too_large", _("It is larger than the server said.")
    DELIVERS_NOTHING = "delivers_nothing", _("The server lists %(count)d emails but delivers none of them.")
    RENUMBERED = (
        "renumbered",
        _(
            "On %(day)s the server renumbered the folder. Every mail in it was checked again; those "
            "already taken in are in the mail log as duplicates."
        ),
    )
    HELPDESK_FAILED = "helpdesk_failed", _("The helpdesk itself failed (%(error)s); see its log for details.")
    DISK_FULL = "disk_full", _("The helpdesk's disk is full. Mail waits, and comes in as soon as there is room.")
    STORAGE_UNREACHABLE = (
        "storage_unreachable",
        _("The helpdesk's storage cannot be reached (%(reason)s). Mail waits until it can."),
    )
    DATABASE_FULL = (
        "database_full",
        _("The helpdesk's database is full. Mail waits, and comes in as soon as there is room."),
    )
    NOT_SIGNED_IN = (
        "not_signed_in",
        _("Nobody has signed in to this mailbox yet. Sign in on its page."),
    )
    SIGN_IN_RENEWING = "sign_in_renewing", _("The sign-in is being renewed.")
    PROVIDER_UNAVAILABLE = "provider_unavailable", _("%(provider)s is not available at the moment.")
    PROVIDER_REFUSED = (
        "provider_refused",
        _("%(provider)s refused the sign-in: %(error)s. Sign in again, or check the application there."),
    )
    NO_TOKEN = "no_token", _("Could not get a token from %(provider)s (%(reason)s).")
    NO_PROGRAM = "no_program", _("There is no mail program at %(path)s on this machine (SENDMAIL_PATH).")
    PROGRAM_SLOW = "program_slow", _("The mail program did not accept the mail within %(seconds)d seconds.")
    PROGRAM_NOT_RUN = "program_not_run", _("The mail program %(path)s cannot be run: %(reason)s.")
    PROGRAM_FAILED = "program_failed", _("The mail program failed with code %(code)d: “%(reply)s”.")

    def text(self, **values: Any) -> "TranslatableText":
        """The sentence with its values filled in, which are texts, numbers, dates, or such sentences themselves."""
        return TranslatableText(self, values)


class TranslatableText(str):
    """A `Sentence` in the language that was active when it was made, which can be put into another one."""

    sentence: Sentence
    values: Mapping[str, Any]

    def __new__(cls, sentence: Sentence, values: Mapping[str, Any]) -> Self:
        shown = {name: _shown(value) for name, value in values.items()}
        self = super().__new__(cls, str(sentence.label) % shown)
        self.sentence, self.values = sentence, values
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return deserialized, (self.serialized(),)

    def serialized(self) -> str:
        """As JSON for the database: the code, the values, and the words for whoever does not know the code."""
        return json.dumps(_as_json(self), ensure_ascii=False)


def in_current_language(text: str) -> str:
    """A sentence in the language that is active now; any other text as it is."""
    return text.sentence.text(**text.values) if isinstance(text, TranslatableText) else text


def deserialized(stored: str) -> str:
    """The sentence that was `serialized`, in the language that is active now; a text that is none as it is.

    >>> deserialized(Sentence.REFUSED.text(server="mx.example", reply="no").serialized())
    'mx.example refused the request: “no”.'
    """
    if not stored.startswith(f'{{"{_CODE}"'):
        return stored
    try:
        text: str = _from_json(json.loads(stored))
        return text
    except (ValueError, KeyError, TypeError):
        return stored


def _shown(value: Any) -> Any:
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return in_current_language(value) if isinstance(value, str) else value


def _as_json(value: Any) -> Any:
    if isinstance(value, TranslatableText):
        values = {name: _as_json(each) for name, each in value.values.items()}
        return {_CODE: value.sentence.value, _VALUES: values, _TEXT: str(value)}
    return {_DAY: value.isoformat()} if isinstance(value, date) else value


def _from_json(stored: Any) -> Any:
    if not isinstance(stored, dict):
        return stored
    if _DAY in stored:
        return date.fromisoformat(stored[_DAY])
    values = {name: _from_json(each) for name, each in stored[_VALUES].items()}
    try:
        return Sentence(stored[_CODE]).text(**values)
    except (ValueError, KeyError, TypeError):  # of another version of the helpdesk
        return stored[_TEXT]
