"""What our own mail server found out about a mail's sender: its topmost Authentication-Results (RFC 8601).

Microsoft 365 writes results without an authserv-id and adds `compauth`; such a header counts only as the topmost one,
and only if the mailbox names Microsoft's server.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from recipients.addressing.normalise import normalise_domain, same_organisation
from recipients.matching.verdict import UNKNOWN, Verdict

#: Authserv-ids by which a mailbox says that Microsoft 365 receives its mail.
MICROSOFT = frozenset({"mx.microsoft.com", "protection.outlook.com", "outlook.com", "microsoft.com"})
LONGEST = 16_384


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    value: str
    properties: dict[str, str]


def read_verdict(headers: Sequence[str], authserv_id: str, domains: Collection[str] = ()) -> Verdict:
    """The verdict in the topmost of `headers` (as the mail has them) that carries `authserv_id`; else `UNKNOWN`.

    `domains`: those of every address in From. A DMARC pass vouches for one domain alone, so a pass for another one, or
    for one of several, is a fail (RFC 7489, 6.6.1): a second From would lend its good name to the first.
    """
    wanted = authserv_id.strip().rstrip(".").lower()
    if not wanted:
        return UNKNOWN
    for position, header in enumerate(headers):
        found, results = _read(header)
        if found == wanted or (not found and position == 0 and wanted in MICROSOFT):
            return _verdict(results, wanted, set(domains))
    return UNKNOWN


def author_of(header: str) -> str:
    """The authserv-id under which `header` was written; "" if it has none that a mailbox could name."""
    found, results = _read(header)
    if not found and any(result.method == "compauth" for result in results):
        return "mx.microsoft.com"
    return found


def _verdict(results: list[_Result], authserv_id: str, domains: set[str]) -> Verdict:
    dkim = [result for result in results if result.method == "dkim"]
    signed = [result for result in dkim if result.value == "pass"]
    signers = (result.properties.get("header.d") or result.properties.get("header.i", "") for result in signed)
    dmarc = _worst([result.value for result in results if result.method == "dmarc"])
    dmarc = _dmarc(dmarc, _first(results, "compauth"))
    if dmarc == "pass" and not _is_about(results, domains):
        dmarc = "fail"
    spf = (result for result in results if result.method == "spf" and result.value == "pass")
    sent_by = (result.properties.get("smtp.mailfrom") or result.properties.get("smtp.helo", "") for result in spf)
    domains_signed = tuple(dict.fromkeys(domain.rpartition("@")[2].lower() for domain in signers if domain))
    return Verdict(
        trusted=True,
        spf=_first(results, "spf"),
        dkim=(signed or dkim)[0].value if dkim else "",
        dmarc=dmarc,
        authserv_id=authserv_id,
        dkim_domains=domains_signed,
        arc=_first(results, "arc"),
        aligned=_aligned(domains_signed, domains),
        elsewhere=_elsewhere([*domains_signed, *(each.rpartition("@")[2] for each in sent_by)], domains),
    )


def _aligned(signed: Sequence[str], domains: set[str]) -> str:
    """The first domain with a good signature that is of the organisation of the one domain in From."""
    author = next(iter(domains), "") if len(domains) == 1 else ""
    return next((domain for domain in signed if same_organisation(normalise_domain(domain), author)), "")


def _elsewhere(passed: Sequence[str], domains: set[str]) -> bool:
    """Whether something passed, and all of it for other organisations than those in From."""
    known = [domain for each in passed if (domain := normalise_domain(each))]
    return bool(known and domains) and not any(same_organisation(each, other) for each in known for other in domains)


def _is_about(results: list[_Result], domains: set[str]) -> bool:
    """Whether the DMARC result is about the one domain in From; a server need not say which one it looked at."""
    said = (result.properties.get("header.from", "") for result in results if result.method == "dmarc")
    checked = {normalise_domain(each.rpartition("@")[2]) for each in said} - {""}
    return not domains or (len(domains) == 1 and checked <= domains)


def _dmarc(dmarc: str, compauth: str) -> str:
    """Microsoft's words in those of RFC 8601: a domain without a policy that is aligned all the same, and a spoof."""
    if dmarc == "bestguesspass":
        return "pass"
    return "fail" if dmarc in ("", "none") and compauth == "fail" else dmarc


def _first(results: list[_Result], method: str) -> str:
    return next((result.value for result in results if result.method == method), "")


def _worst(values: list[str]) -> str:
    """Of several results of one method a failure counts most and a pass least; "" if there is none."""
    return min(values, key=lambda value: (value not in ("fail", "permerror"), value in PASSES), default="")


def _read(header: str) -> tuple[str, list[_Result]]:
    """The authserv-id ("" if the header begins with a result) and the results.

    If a quote or a bracket does not close, nobody can tell what a server said and what it quoted: then every failure
    counts wherever it stands, and no pass.
    """
    header = header[:LONGEST]
    parts, closed = _parts(header)
    head = parts[0].split()
    authserv_id = head[0].rstrip(".").lower() if head and head[0].isascii() and "=" not in head[0] else ""
    if not closed:
        said = (_Result(found[1].lower(), found[2].lower(), {}) for found in _PAIR.finditer(header))
        return authserv_id, [result for result in said if result.value not in PASSES]
    results = [result for part in (parts[1:] if authserv_id else parts) if (result := _result(part))]
    return authserv_id, results


def _result(part: str) -> _Result | None:
    words = [(found[1].lower(), found[2].lower()) for found in _PAIR.finditer(part)]
    if not words:
        return None
    return _Result(words[0][0].partition("/")[0], words[0][1], dict(words[1:]))


PASSES = frozenset({"pass", "bestguesspass"})
_PAIR = re.compile(r"([\w.\-/]+)\s*=\s*([^\s;]+)")


def _parts(text: str) -> tuple[list[str], bool]:
    """The parts between semicolons, without comments; and whether all that was opened was closed.

    Comments may be nested and hold anything, also what looks like a result (RFC 5322, 3.2.2). So may quoted strings:
    a sender's local part is whatever the sender likes, so that of a quoted string only letters, digits and the
    signs of addresses are kept.
    """
    parts: list[list[str]] = [[]]
    depth, quoted, escaped = 0, False, False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and (quoted or depth):
            escaped = True
        elif depth:
            depth += {"(": 1, ")": -1}.get(character, 0)
        elif character == '"':
            quoted = not quoted
        elif quoted:
            parts[-1].append(character if character.isalnum() or character in "@.-_+" else "?")
        elif character == "(":
            depth = 1
        elif character == ";":
            parts.append([])
        else:
            parts[-1].append(character)
    return ["".join(part) for part in parts], not (quoted or depth)
