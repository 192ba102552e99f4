"""What is said of how a mailbox fares: a code and its values, worded in the language of whoever reads it.

A worker writes down what went wrong in nobody's language; pages and mails word it for their reader. Pure.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

_CODE, _VALUES, _TEXT, _DAY = "said", "values", "text", "day"


class Sentence(TextChoices):
    """Every sentence, and the parts that stand in others."""

    UNKNOWN_NAME = (
        "unknown_name",
        _("The name of the server, “%(host)s”, cannot be resolved. Check its spelling and the DNS."),
    )
    UNREACHABLE = (
        "unreachable",
        _("%(server)s cannot be reached (%(reason)s). Check the port, the firewall and that the server runs."),
    )
    NOTHING_ANSWERS = "nothing_answers", _("nothing answers on that port")
    SERVER_ENDED_IT = "server_ended_it", _("the server closed it")
    NO_WAY = "no_way", _("there is no route to it on the network")
    NO_ANSWER = (
        "no_answer",
        _(
            "%(server)s did not answer within %(seconds)g seconds. Check the firewall, the port and its "
            "kind of encryption; a busy server will answer at the next attempt."
        ),
    )
    BROKE_OFF = "broke_off", _("The connection to %(server)s was lost (%(reason)s).")
    NOT_TRUSTED = (
        "not_trusted",
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
    NOBODY_LET_IN = "nobody_let_in", _("%(server)s is refusing all sign-ins at the moment: “%(reply)s”.")
    NOBODY = "nobody", _("nobody")
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
    HANDS_NONE_OVER = "hands_none_over", _("The server lists %(count)d mails but delivers none of them.")
    NUMBERED_ANEW = (
        "numbered_anew",
        _(
            "On %(day)s the server renumbered the folder. Every mail in it was checked again; those "
            "already taken in are in the mail log as duplicates."
        ),
    )
    HELPDESK_FAILED = "helpdesk_failed", _("The helpdesk itself failed (%(error)s); see its log for details.")
    DISK_FULL = "disk_full", _("The helpdesk's disk is full. Mail waits, and comes in as soon as there is room.")
    STORAGE_AWAY = (
        "storage_away",
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
    BEING_RENEWED = "being_renewed", _("The sign-in is being renewed.")
    PROVIDER_AWAY = "provider_away", _("%(provider)s is not available at the moment.")
    PROVIDER_REFUSES = (
        "provider_refuses",
        _("%(provider)s refused the sign-in: %(error)s. Sign in again, or check the application there."),
    )
    PROVIDER_UNASKED = "provider_unasked", _("Could not get a token from %(provider)s (%(reason)s).")
    NO_PROGRAM = "no_program", _("There is no mail program at %(path)s on this machine (SENDMAIL_PATH).")
    PROGRAM_SLOW = "program_slow", _("The mail program did not accept the mail within %(seconds)d seconds.")
    PROGRAM_NOT_RUN = "program_not_run", _("The mail program %(path)s cannot be run: %(reason)s.")
    PROGRAM_FAILED = "program_failed", _("The mail program failed with code %(code)d: “%(reply)s”.")


class Said(str):
    """A sentence in the language that was active when it was worded, which can be worded again in another one.

    Values are texts, numbers, dates, or sentences themselves.
    """

    sentence: Sentence
    values: Mapping[str, Any]

    def __new__(cls, sentence: Sentence, **values: Any) -> Self:
        self = super().__new__(cls, str(sentence.label) % {name: _worded(value) for name, value in values.items()})
        self.sentence, self.values = sentence, values
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return read, (self.stored(),)

    def stored(self) -> str:
        """As text for the database; whoever does not know the code finds the words beside it."""
        return json.dumps(_plain(self), ensure_ascii=False)


def worded(text: str) -> str:
    """A sentence in the language that is active now; any other text as it is."""
    return Said(text.sentence, **text.values) if isinstance(text, Said) else text


def read(stored: str) -> str:
    """What `stored` gave, in the language that is active now; a text that is no sentence as it is.

    >>> read(Said(Sentence.REFUSED, server="mx.example", reply="no").stored())
    'mx.example refused the request: “no”.'
    """
    if not stored.startswith(f'{{"{_CODE}"'):
        return stored
    try:
        text: str = _value(json.loads(stored))
        return text
    except (ValueError, KeyError, TypeError):
        return stored


def _worded(value: Any) -> Any:
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    return worded(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Said):
        values = {name: _plain(each) for name, each in value.values.items()}
        return {_CODE: value.sentence.value, _VALUES: values, _TEXT: str(value)}
    return {_DAY: value.isoformat()} if isinstance(value, date) else value


def _value(plain: Any) -> Any:
    """What `_plain` was made of."""
    if not isinstance(plain, dict):
        return plain
    if _DAY in plain:
        return date.fromisoformat(plain[_DAY])
    values = {name: _value(each) for name, each in plain[_VALUES].items()}
    try:
        return Said(Sentence(plain[_CODE]), **values)
    except (ValueError, KeyError, TypeError):  # of another version of the helpdesk
        return plain[_TEXT]
