"""What the receiving server found out about a message's origin (RFC 8601), as values."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Verdict:
    """Results of one message's authentication: each is one of RFC 8601's words ("pass", "fail" …), or "" if not said.

    `trusted` is true only if they come from the topmost Authentication-Results header that carries the mailbox's own
    authserv-id; otherwise nothing may be concluded from them, in neither direction.
    """

    trusted: bool = False
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    authserv_id: str = ""
    dkim_domains: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """The receiving server reports that the author's address is not authentic."""
        if not self.trusted:
            return False
        if self.dmarc:
            return self.dmarc in ("fail", "permerror")
        return (self.spf == "fail" and self.dkim != "pass") or (self.dkim == "fail" and self.spf != "pass")

    @property
    def passed(self) -> bool:
        """The receiving server vouches for the author's domain (aligned DMARC pass)."""
        return self.trusted and self.dmarc == "pass"

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"dkim_domains": list(self.dkim_domains), "failed": self.failed, "passed": self.passed}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        return cls(**known | {"dkim_domains": tuple(known.get("dkim_domains", ()))})


UNKNOWN = Verdict()
