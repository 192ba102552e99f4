"""What the receiving server, or else we ourselves, found out about a message's origin (RFC 8601), as values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Way(StrEnum):
    """By way of whom a mail came whose From is not its author."""

    GROUP = "group"
    FORM = "form"
    FORWARD = "forward"


class Flaw(StrEnum):
    """Why a DKIM signature that we checked ourselves does not count."""

    UNALIGNED = "unaligned"
    SEVERAL_AUTHORS = "several_authors"
    FROM_NOT_SIGNED = "from_not_signed"
    HEADERS_NOT_SIGNED = "headers_not_signed"
    BODY_CHANGED = "body_changed"
    PART_OF_BODY = "part_of_body"
    HEADER_CHANGED = "header_changed"
    EXPIRED = "expired"
    WEAK = "weak"
    NO_KEY = "no_key"
    NO_ANSWER = "no_answer"
    TESTING = "testing"
    MALFORMED = "malformed"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Results of one message's authentication: each is one of RFC 8601's words ("pass", "fail" …), or "" if not said.

    `trusted` is true only if they come from the topmost Authentication-Results header that carries the mailbox's own
    authserv-id; otherwise nothing may be concluded from them, in neither direction. `aligned` is the domain of a
    signature that this server found good and that is of the author's organisation.

    `arc` is "pass" if those who forwarded it have signed, unbroken, what they had found (RFC 8617). It never counts:
    anybody can be one of them.

    `elsewhere` is true if a signature or SPF passed, and each one for another organisation than the author's.

    `own_dkim`, `own_domain` and `own_flaw` are what our own check of the DKIM signature found: "" if none was made.

    `way` is set if the author is not who stands in From, but whom the mail names elsewhere: a `Way`, and `by_way_of` is
    the address in From. Whatever vouches for that one says nothing of the author.
    """

    trusted: bool = False
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    authserv_id: str = ""
    dkim_domains: tuple[str, ...] = ()
    aligned: str = ""
    arc: str = ""
    elsewhere: bool = False
    own_dkim: str = ""
    own_domain: str = ""
    own_flaw: str = ""
    way: str = ""
    by_way_of: str = ""

    @property
    def is_claim(self) -> bool:
        """Whether nobody but the mail's own words says who its author is."""
        return bool(self.way)

    @property
    def failed(self) -> bool:
        """The receiving server reports that the author's address is not authentic.

        Our own check never says so: without SPF, and behind a mailing list, a bad signature proves nothing. A good one
        answers an SPF failure of a server that looked no further: the mail was forwarded.
        """
        if not self.trusted:
            return False
        if self.dmarc:
            return self.dmarc in ("fail", "permerror")
        signed = "pass" in (self.dkim, self.own_dkim)
        return (self.spf == "fail" and not signed) or (self.dkim == "fail" and self.spf != "pass")

    @property
    def passed(self) -> bool:
        """The author's domain is vouched for: by an aligned DMARC pass, or what amounts to one (RFC 7489, 3.1.1)."""
        if self.failed or self.is_claim:
            return False
        return (self.trusted and (self.dmarc == "pass" or bool(self.aligned))) or self.own_dkim == "pass"

    def is_refuted(self, *, enforce: bool) -> bool:
        """Whether a mailbox that enforces authentication takes the author for somebody else than they say.

        Also if what passed has passed for others alone: the server says that it came from them.
        """
        return enforce and (self.failed or (self.trusted and self.elsewhere and not self.passed))

    def as_json(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__slots__}
        return found | {"dkim_domains": list(self.dkim_domains), "failed": self.failed, "passed": self.passed}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        return cls(**known | {"dkim_domains": tuple(known.get("dkim_domains", ()))})


UNKNOWN = Verdict()
