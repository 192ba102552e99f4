"""With which words do mail servers say that they could not deliver, in a form of their own?"""

from __future__ import annotations

import re

from mailboxes.parsing.values.patterns import any_of

IN_NAMES = any_of("mail delivery, mailer[- ]daemon, delivery (?:sub)?system, system administrator, postmaster")
IN_SUBJECTS = any_of(
    r"""
    undeliver, could ?n[o']t be delivered, not delivered, delivery (?:has )?fail,
    fail(?:ed|ure) (?:delivery|notice), returned (?:mail|to sender), mail failed,
    return(?:ed|ing) message to sender, delivery status notification,
    delivery (?:notification|report|problem|error), mail (?:system|delivery) error,
    message (?:status|delivery|you sent blocked), rejected:, bounce, errors from, non ?remis, unzustellbar,
    nicht zugestellt, échec de (?:la )?remise, non recapitabile, no se puede entregar, no entregado,
    não (?:foi )?entregue, niet bezorgd, niedostarczo, не доставлен, недоставлен, 配信不能
    """
)
OF_DELAY = any_of(
    r"""
    delay(?:ed)?\b, warning: (?:could not|message), still (?:being )?(?:re)?tr(?:y|ied),
    will (?:be|keep|continue) (?:re)?try, will be retried, not yet been delivered, no action is required,
    delivery attempts will continue, you do not need to resend, verzögert, wird weiterhin versucht
    """
)
IN_TEXTS = any_of(
    r"""
    could ?n[o']t be delivered, (?:was|were|is) (?:not|un)(?: able to be)? ?deliver, unable to deliver,
    undeliverable, delivery (?:has )?failed, permanent(?:ly)? (?:fatal )?(?:error|fail), did not reach,
    user unknown, unknown user, no such user, mailbox (?:is )?(?:full|unavailable|not found), does not exist,
    address(?:es)? (?:rejected|not found|could not be), quota exceeded, over quota, recipient rejected,
    not be found, returned to sender, transcript of session, unknown host, no valid recipients, failed permanently,
    giving up, nicht zugestellt, konnte nicht
    """
)
BEFORE_COPIES = any_of(
    r"""
    below this line is a copy, this is a copy of, (?:un)?sent message follows, original message, message header,
    the (?:header|body) of the, included is a copy, returned message, message text follows, a copy of the,
    here follow, hier folgt
    """
)
BEFORE_CONTACTS = any_of(
    r"""
    contact, assistance, questions?, (?:mail|write|forward\w*) (?:this |it )?to, abuse, sent by, from:?,
    (?:your|this) message from
    """
)
BEFORE_RECIPIENTS = any_of(
    r"""
    rcpt to:?, recipients?(?: address)?:, could not be delivered to, delivered to, original-recipient:,
    final-recipient:, to:, user, mailbox, for
    """
)

DAEMONS = re.compile(r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|mmdf)\d*", re.IGNORECASE)
POSTMASTERS = re.compile(r"postmaster\d*", re.IGNORECASE)
DAEMON_NAMES = re.compile(IN_NAMES, re.IGNORECASE)
FAILURE_SUBJECT = re.compile(IN_SUBJECTS, re.IGNORECASE)
FAILURE_TEXT = re.compile(IN_TEXTS, re.IGNORECASE)
DELAY = re.compile(OF_DELAY, re.IGNORECASE)
COPY = re.compile(
    rf"^(?:[-=_*|\s>]*(?:{BEFORE_COPIES}).{{0,80}}|(?:received|return-path|x-mailer|mime-version):\s.{{0,200}})$",
    re.IGNORECASE | re.MULTILINE,
)
CONTACT = re.compile(rf"(?:{BEFORE_CONTACTS})\b[^\n@]{{0,60}}@[^\s>]+", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
LEADING = re.compile(
    r"^[ \t>*-]*(?:<(?P<angle>[^<>\s]{3,254})>|(?P<bare>[^\s<>:,;()\"]{1,64}@[^\s<>:,;()\"]{2,190}))(?=[\s:.,;(]|$)"
    rf"|(?:{BEFORE_RECIPIENTS})\s*(?:rfc822;)?\s*<?(?P<said>[^\s<>:,;()\"]{{1,64}}@[^\s<>:,;()\"]{{2,190}})",
    re.IGNORECASE | re.MULTILINE,
)
