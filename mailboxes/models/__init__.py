"""The accounts that we fetch, the addresses at which we are reached, and every message ever seen."""

from mailboxes.models.address import Address, save_with_address
from mailboxes.models.ledger import InboundEmail, Outcome
from mailboxes.models.mailbox import LeftMessage, Mailbox
from mailboxes.models.oauth import OAuthAccount
from mailboxes.models.pulse import Pulse
from mailboxes.models.sending_domain import SendingDomain

__all__ = [
    "Address",
    "InboundEmail",
    "LeftMessage",
    "Mailbox",
    "OAuthAccount",
    "Outcome",
    "Pulse",
    "SendingDomain",
    "save_with_address",
]
