"""An agent's answer by mail without the notice that it answers: nothing of a notice to staff reaches a customer.

Mail programs introduce what they quote in any language, and some mark it in no way. But what the notice says is known
to the word: it is looked for in the answer, together with the lines above it that name its sender, date and subject.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from html import unescape
from urllib.parse import unquote

from django.urls import reverse

from tickets.intake.arrival import IncomingMail
from tickets.models import Outbox

FEWEST_WORDS = 4  # of a line of the notice that nobody else would write
FEWEST_TOGETHER = 3
LONGEST_LINE = 2_000
FARTHEST_LABEL = 24  # lines above the notice
MOST_UNCLEAR = 5  # lines between two that are evidently a mail program's
MOST_BLANK = 3

WORD = re.compile(r"[^\W_]+")
LINK = re.compile(r"<?(?:https?://|mailto:|cid:)\S+")
QUOTE_MARK = re.compile(r"\A(?:\s*\w{0,3}[>»|])+\s?")
NO_WORDS = re.compile(r"<(head|style|script)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
LABELLED = re.compile(r"[\s*_|]*[^\W\d][^:：@<>/\d]{0,28}[*_\s]*[:：].*")
RULE = re.compile(r"[\s*_|]*[-–—_=*]{2,}(?:[^-–—_=*].{0,60}[-–—_=*]{2,})?\s*")
DATE = re.compile(r"(?:19|20|25)\d\d|\d{1,2}[./-]\s?\d{1,2}[./-]|\d年")
CLOCK = re.compile(r"\d{1,2}\s?[:.h時时點点시]\s?\d\d")
INTRODUCES = (":", "：", ",", "<", ">", ")")


class Of(Enum):
    """Whose words a line of an answer holds."""

    AGENT = "agent"
    FRAME = "frame"  # of the notice: what it says of the ticket, and its links
    MESSAGE = "message"  # the customer's, as the notice repeats them
    BOTH = "both"  # a line of the notice together with other words
    NOBODY = "nobody"  # blank


@dataclass(frozen=True)
class Notice:
    """A mail to staff as it left; `message` is what a customer wrote, as far as it is repeated in it."""

    subject: str
    text: str
    html: str
    message: str
    path: str
    token: str = ""

    @classmethod
    def of(cls, mail: Outbox) -> "Notice":
        """One query."""
        comment = mail.comment
        message = (comment.reply or comment.text).strip() if comment else ""
        path = reverse("tickets:detail", args=[mail.ticket_id]) if mail.ticket_id else ""
        return cls(mail.subject, mail.text, mail.html, message, path, mail.token)

    @cached_property
    def lines(self) -> list[str]:
        """The words of each line outside of the message that has some."""
        said = {_joined(words(line)) for line in self.text.splitlines()}
        said -= {_joined(words(line)) for line in self.message.splitlines()}
        return [line for line in said if line.count(" ") > 2 and any(line in part for part in self.frame)]

    @cached_property
    def whole(self) -> tuple[str, str]:
        """The words of its text and of its HTML."""
        html = NO_WORDS.sub(" ", self.html)
        return _joined(words(self.text)), _joined(words(unescape(html)))

    @cached_property
    def frame(self) -> list[str]:
        """The same without the words of the message, which may be told from the others if there are some."""
        message = words(self.message)
        if len(message) < FEWEST_WORDS:
            return list(self.whole)
        return [part for form in self.whole for part in _around(form, _joined(message))]

    def links_to_ticket(self, line: str) -> bool:
        return bool(self.path) and "//" in line and self.path in unquote(unquote(line.replace("=2F", "/")))


def own_words(mail: IncomingMail, notice: Notice) -> str | None:
    """What `mail`, which answers `notice`, says itself; None if that cannot be told from the notice's words.

    Answers between the lines of the notice stay with the customer's words that they answer.
    """
    if notice.token and any(notice.token.encode() in each.content for each in mail.attachments):
        return None  # it brings the notice as a file
    lines = mail.text.splitlines()
    whose = _whose(lines, notice)
    begin = _begin(whose, lines, notice)
    if begin is None:
        text = _without_quote(mail.reply.strip() or mail.text.strip())
    else:
        start = _introduction(lines, begin, mail, notice)
        between = _between(lines[begin:], whose[begin:])
        text = "\n\n".join(filter(None, (_new(lines[:start], mail), between)))
    return None if Of.BOTH in whose[begin or 0 :] or _leaks(text, notice) else text


def words(text: str) -> list[str]:
    """The words of `text`, links aside, as they are compared."""
    text = LINK.sub(" ", text) if ":" in text else text
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _joined(found: Iterable[str]) -> str:
    """Words as a text in which they can be found again, none of them in part."""
    return f" {' '.join(found)} "


def _around(text: str, part: str) -> Sequence[str]:
    before, _part, after = text.partition(part)
    return (f"{before} ", f" {after}") if _part else (text,)


def _whose(lines: Sequence[str], notice: Notice) -> list[Of]:
    said = [words(QUOTE_MARK.sub("", line[:LONGEST_LINE])) for line in lines]
    whose = [_alone(line, found, notice) for line, found in zip(lines, said, strict=True)]
    order = range(len(lines))
    for kind, forms in ((Of.FRAME, notice.frame), (Of.MESSAGE, notice.whole)):
        _join_neighbours(whose, said, kind, forms, order)
        _join_neighbours(whose, said, kind, forms, order[::-1])
    return whose


def _alone(line: str, found: list[str], notice: Notice) -> Of:
    """Whose words a line holds, its neighbours unseen; few words may be anybody's."""
    if not found:
        return Of.FRAME if notice.links_to_ticket(line) else Of.AGENT if "//" in line else Of.NOBODY
    text = _joined(found)
    if text in notice.lines or (len(found) >= FEWEST_TOGETHER and any(text in form for form in notice.frame)):
        return Of.FRAME
    if any(each in text for each in notice.lines if each.count(" ") > FEWEST_WORDS):
        return Of.BOTH
    if len(found) >= FEWEST_TOGETHER and any(text in form for form in notice.whole):
        return Of.MESSAGE
    return Of.AGENT


def _join_neighbours(
    whose: list[Of], said: Sequence[list[str]], kind: Of, forms: Sequence[str], order: Sequence[int]
) -> None:
    """Give short lines to the notice that go on where their neighbour ends; `order` leads over the lines."""
    forward = order[:1] == range(1)
    known: list[str] = []
    for number in order:
        found = said[number]
        if whose[number] is Of.NOBODY:
            continue
        if whose[number] is Of.AGENT and known and len(found) < FEWEST_TOGETHER:
            together = [*known[-3:], *found] if forward else [*found, *known[:3]]
            if any(_joined(together) in form for form in forms):
                whose[number] = kind
        if whose[number] in (kind, Of.FRAME):
            known = [*known, *found][-3:] if forward else [*found, *known][:3]
        else:
            known = []


def _begin(whose: Sequence[Of], lines: Sequence[str], notice: Notice) -> int | None:
    """The first line of the notice in an answer: one that nobody else would write, or one of several in a row."""
    previous: int | None = None
    for number, kind in enumerate(whose):
        if kind is Of.BOTH:
            return number
        if kind is Of.FRAME:
            text = _joined(words(QUOTE_MARK.sub("", lines[number])))
            if previous is not None:
                return previous
            if text.count(" ") > FEWEST_WORDS or text in notice.lines or notice.links_to_ticket(lines[number]):
                return number
            previous = number
        elif kind is not Of.NOBODY:
            previous = None
    return None


def _introduction(lines: Sequence[str], begin: int, mail: IncomingMail, notice: Notice) -> int:
    """Where the lines begin with which a mail program introduces what it quotes, in whatever language."""
    people = [*mail.to, *mail.cc, mail.author]
    names = [name.casefold() for each in people for name in (each.address, each.name) if len(name) > 2]
    subject = _joined(words(notice.subject))
    start, unclear, blank, together, evident, sure = begin, 0, 0, 0, 0, False
    names_us = False  # else what looks like a label is the agent's: "Appointment: 3.12.2026, 14:00"
    for number in range(begin - 1, max(-1, begin - FARTHEST_LABEL), -1):
        line = QUOTE_MARK.sub("", lines[number][:LONGEST_LINE]).strip()
        blank = 0 if line else blank + 1
        if blank > MOST_BLANK or (blank and evident > 1 and together > 2):
            break
        if not line:
            together = 0
            continue
        together += 1
        if RULE.fullmatch(line):
            start, sure, names_us = number, True, names_us or evident == 0
            continue
        labelled = LABELLED.fullmatch(line) is not None
        dated = DATE.search(line) is not None and CLOCK.search(line) is not None
        named = any(name in line.casefold() for name in names) or (subject in _joined(words(line)))
        introduces = labelled or line.endswith(INTRODUCES if evident else ":")
        if (named and (dated or labelled or line.endswith(INTRODUCES))) or (dated and introduces):
            start, unclear, evident = number, 0, evident + 1
            names_us = names_us or named or not labelled
            sure = sure or dated or not labelled
            if dated and not labelled:
                break
        elif (labelled or line.endswith(INTRODUCES) or evident == 0) and unclear < MOST_UNCLEAR and len(line) < 200:
            unclear += 1
        else:
            break
    start = start if names_us and (sure or evident > 1) else begin
    while start and (not lines[start - 1].strip() or RULE.fullmatch(lines[start - 1])):
        start -= 1
    return start


def _new(lines: Sequence[str], mail: IncomingMail) -> str:
    """What of `lines` is new, as the parser has divided the mail: no signature, no other quote."""
    kept = {line.strip() for line in mail.reply.splitlines()}
    new = "\n".join(line for line in lines if line.strip() in kept or not line.strip()).strip()
    return _without_quote(new or "\n".join(lines).strip())


def _between(lines: Sequence[str], whose: Sequence[Of]) -> str:
    """What an agent wrote below and between the lines of the notice, with the customer's words before it."""
    kept: list[str] = []
    end = 0
    for line, kind in zip(lines, whose, strict=True):
        marked = QUOTE_MARK.match(line) is not None
        if kind is Of.AGENT and not marked:
            kept.append(line)
            end = len(kept)
        elif kind is Of.MESSAGE:
            kept.append(line if marked else f"> {line}")
        elif kind is Of.FRAME:  # below the message: an answer that comes now is none to its words
            del kept[end:]
        elif kind is Of.NOBODY and not marked and kept[-1:] != [""]:
            kept.append("")
    return "\n".join(kept[:end]).strip()


def _without_quote(text: str) -> str:
    """`text` without ">" lines at its end and the line that introduces them; all of it if it is nothing else."""
    lines = text.splitlines()
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith(">")):
        end -= 1
    if 0 < end < len(lines) and lines[end - 1].rstrip().endswith(":"):
        end -= 1
    return "\n".join(lines[:end]).rstrip() if end else text


def _leaks(text: str, notice: Notice) -> bool:
    """Whether something of the notice is still in what is to be sent."""
    if notice.links_to_ticket(text):
        return True
    said = _joined(words(text))
    whole = [*notice.lines, _joined(words(notice.subject))]
    if any(line in said for line in whole if line.count(" ") > FEWEST_WORDS):
        return True
    return any(_joined(words(line)) in notice.lines for line in text.splitlines())
