"""Which lines of a mail are new, and which repeat what was written before?

Every line ends on one of the two sides, so nothing is lost (L37): the view shows the reply and folds the rest. In
doubt a line is new. All rules look at single lines of at most 1,000 characters, so the time grows with the text only.
"""

from __future__ import annotations

from mailboxes.parsing.quotes import quoting_words as words
from mailboxes.parsing.quotes.copied_headers import end_of_copied_headers, end_of_unknown_headers

MOST_LINES = 10_000
LONGEST_LINE = 1_000
LONGEST_ATTRIBUTION = 5  # lines
LONGEST_SIGNATURE = 12  # lines
LONGEST_ATTRIBUTED = 100  # characters of an attribution that is a name and a verb
LONGEST_FAREWELL = 240  # characters of a line that a telephone adds, with its link
FEWEST_QUOTED = 3  # ">" lines that make a quote when nothing introduces it

BLANK = " \t\n\r\xa0\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069*_"

MARKS = BLANK + "-–—=>#|"

TEXT, QUOTE, MARK = "t", "q", "m"  # new, "> " lines, what introduces them


def split_reply(text: str, *, is_forward: bool = False, answers: bool = True) -> tuple[str, str]:
    """(reply, quoted) of a plain text. A forwarded mail is news to us, so it belongs to the reply.

    If answers stand between quoted lines, the quoted lines before the last answer stay with the reply: alone, "yes" and
    "no" mean nothing. A signature after "-- " and "Sent from my phone" count as quoted. If nothing would be left, the
    whole text is the reply. In a mail that `answers` nothing, only what is introduced as a quote is one.
    """
    if is_forward or not text.strip():
        return text.strip("\n"), ""
    lines = _separated(text)
    reply, quoted = divided(lines, sides(lines, answers=answers))
    return (reply, quoted) if says_something(reply) else (text.strip("\n"), "")


def says_something(reply: str) -> bool:
    """Is there more in it than lines and marks? A single emoji is an answer."""
    return reply.strip(MARKS) != ""


def divided(lines: list[str], found: list[str]) -> tuple[str, str]:
    """(new, quoted) of lines whose sides are known."""
    new = "\n".join(line for line, side in zip(lines, found, strict=True) if side == TEXT)
    quoted = "\n".join(line for line, side in zip(lines, found, strict=True) if side != TEXT)
    return new.strip("\n").rstrip(), quoted.strip("\n")


def sides(lines: list[str], *, answers: bool, marked: frozenset[int] = frozenset()) -> list[str]:
    """The side of every line. `marked` are those that a mail program itself marks as quoted."""
    found = _sides(lines[:MOST_LINES], answers, marked)
    found += found[-1:] * (len(lines) - len(found))
    if MARK not in found and (not answers or found.count(QUOTE) < FEWEST_QUOTED) and not marked:
        found = [TEXT] * len(lines)
    _keep_answered_quotes(lines, found)
    _fold_signature(lines, found)
    return found


def _separated(text: str) -> list[str]:
    """The lines, cut in two where a reply and an attribution share one."""
    lines: list[str] = []
    for line in text.split("\n"):
        found = words.SHARED_LINE.search(line) if "wrote:" in line[-12:] and len(line) < LONGEST_LINE else None
        if found and line[: found.start()].strip(" \t-*>"):
            lines += [line[: found.start()], line[found.start() :]]
        else:
            lines.append(line)
    return lines


def _sides(lines: list[str], answers: bool, marked: frozenset[int]) -> list[str]:
    """The side of every line as it is introduced or marked, found in one pass."""
    sides: list[str] = []
    while (position := len(sides)) < len(lines):
        line = lines[position]
        if _is_quoted(line):
            sides += [QUOTE] * _quoted_lines(lines, position)
        elif len(line) > LONGEST_LINE or not line.strip():
            sides.append(TEXT)
        elif _is_forward_line(line):
            sides += [TEXT] * (len(lines) - position)
        elif position in marked:
            sides.append(QUOTE)
        elif introduction := _introduction(lines, position, answers):
            start, end = introduction
            sides[start:] = [MARK] * (end - start)
            if not (_is_quoted_next(lines, end) or end in marked):
                sides += [QUOTE] * (len(lines) - len(sides))
        else:
            sides.append(TEXT)
    return sides


def _is_quoted(line: str) -> bool:
    return line[:LONGEST_LINE].lstrip(" ")[:1] == ">" and not words.BROKEN_ATTRIBUTION.fullmatch(line)


def _quoted_lines(lines: list[str], start: int) -> int:
    """How many lines from `start` belong to one block of ">" lines, blank and broken ones between them included."""
    end = position = start
    while position < len(lines):
        line = lines[position]
        if _is_quoted(line):
            end = position = position + 1
        elif not line.strip() or (position == end and _is_broken_link(lines[position - 1], line)):
            position += 1
        else:
            break
    return end - start


def _is_broken_link(before: str, line: str) -> bool:
    """Is this the second half of a link that the quoting program wrapped, and did not mark?"""
    opened = max(before.rfind("(http"), before.rfind("<http"))
    halves = opened >= 0 and not (set(")>") & set(before[opened:])) and bool(set(")>") & set(line))
    return halves or (line.strip().startswith(("(http", "<http")) and line.rstrip()[-1:] in ">)")


def _is_forward_line(line: str) -> bool:
    line = line.strip()
    return (line[:1] in "-–—_=*|" or line[-1:] in ":：") and words.FORWARD_LINE.fullmatch(line[:300]) is not None


def _introduction(lines: list[str], position: int, answers: bool) -> tuple[int, int] | None:
    """(start, end) of the lines at `position` that introduce a quote: an attribution, a rule, copied headers."""
    line = lines[position]
    if line.count("-") + line.count("_") + line.count("=") > 3 and words.ORIGINAL_LINE.fullmatch(line[:200]):
        return position, position + 1
    if (ruled := words.RULED.fullmatch(line)) and words.WROTE_VERB.search(ruled[1]):
        return position, position + 1
    end = end_of_copied_headers(lines, position) or (answers and end_of_unknown_headers(lines, position))
    if end:
        start = position
        while start and (not lines[start - 1].strip() or words.RULE.fullmatch(lines[start - 1])):
            start -= 1
        return start, end
    first = _attribution_start(lines, position, answers) if _last_letter(line) in (":", "：", ">") else None
    return None if first is None else (first, position + 1)


def _last_letter(line: str) -> str:
    """The last character that is neither a space nor a mark of the writing direction."""
    return line.rstrip(BLANK)[-1:]


def _attribution_start(lines: list[str], position: int, answers: bool) -> int | None:
    """Where the attribution ("On <date>, <name> wrote:", over several lines) that ends at `position` starts."""
    quoted_next = _is_quoted_next(lines, position + 1)
    if _last_letter(lines[position]) == ">" and not (quoted_next and words.DATE_FIRST.match(lines[position])):
        return None
    if quoted_next and _names_writer(lines, position):
        return position
    joined = ""
    for first in range(position, max(-1, position - LONGEST_ATTRIBUTION), -1):
        if _is_quoted(lines[first]):
            return None
        joined = f"{lines[first].strip()} {joined}"[:600]
        if _attributes(joined, quoted_next and answers):
            break
    else:
        return None
    for start in range(first, max(-1, first - LONGEST_ATTRIBUTION), -1):
        if words.ON_WORD.match(lines[start]) and words.DATE.search(lines[start]):
            return start
    return first


def _names_writer(lines: list[str], position: int) -> bool:
    """Is this line, in a paragraph of its own, "Anna Berg wrote:" with nothing but a name?"""
    found = words.NAME_WROTE.fullmatch(lines[position]) if len(lines[position]) < LONGEST_ATTRIBUTED else None
    if found is None or (position and lines[position - 1].strip()):
        return False
    return not any(word[0].islower() for word in found["name"].split())


def _attributes(text: str, quoted_next: bool) -> bool:
    """Does it name a writer and a date or address? Above a quote, both together are enough in any language."""
    has_address, has_date = "@" in text, words.DATE.search(text) is not None
    if not (has_address or has_date):
        return False
    if words.WROTE_VERB.search(text):
        return True
    return quoted_next and ((has_address and has_date) or words.ON_WORD.match(text) is not None)


def _is_quoted_next(lines: list[str], position: int) -> bool:
    """Is the next line that is not blank a ">" line?"""
    following = next((line for line in lines[position : position + 5] if line.strip()), "")
    return _is_quoted(following)


def _keep_answered_quotes(lines: list[str], sides: list[str]) -> None:
    """If there are answers between quotes, the quotes before the last answer are their context."""
    answers: list[int] = []  # the last line of every run of new text that follows a quote
    seen_quote = in_answer = False
    for position, side in enumerate(sides):
        if side != TEXT:
            seen_quote, in_answer = seen_quote or side == QUOTE, False
        elif lines[position].strip() and seen_quote:
            if in_answer:
                answers[-1] = position
            else:
                answers.append(position)
            in_answer = True
    if len(answers) > 1:
        for position in range(answers[-1]):
            if sides[position] == QUOTE:
                sides[position] = TEXT


def _fold_signature(lines: list[str], sides: list[str]) -> None:
    """Put the lines after "-- ", and a last line a telephone added, to the quoted side."""
    for start in range(len(lines) - 1, -1, -1):
        if sides[start] == TEXT and lines[start].rstrip() in ("--", "—") and start:
            end = next((i for i in range(start, len(lines)) if sides[i] != TEXT), len(lines))
            if sum(1 for line in lines[start:end] if line.strip()) <= LONGEST_SIGNATURE + 1:
                sides[start:end] = [QUOTE] * (end - start)
            break
    last = next((i for i in range(len(lines) - 1, -1, -1) if sides[i] == TEXT and lines[i].strip()), 0)
    if last and len(lines[last]) < LONGEST_FAREWELL and _is_by_a_telephone(lines[last]):
        sides[last] = QUOTE


def _is_by_a_telephone(line: str) -> bool:
    """Is it "Sent from my iPhone" or "Get Outlook for iOS", which nobody wrote?"""
    if words.SENT_FROM_LINE.fullmatch(line):
        return True
    return "outlook" in line.casefold() and words.OUTLOOK_LINE.fullmatch(line) is not None
