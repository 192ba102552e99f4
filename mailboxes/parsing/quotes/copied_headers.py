"""Where in a text does a program repeat the headers of the mail it quotes ("From: … Sent: … Subject: …")?"""

from __future__ import annotations

import re

from mailboxes.parsing.quotes import quoting_words as words

LONGEST_BLOCK = 16  # lines
LONGEST_LINE = 500
FEWEST_UNKNOWN = 4
UNKNOWN = re.compile(r"[\s>*_|]*[^\W\d][^:：@<>/]{0,28}[*_\s]*[:：][\s*_]*\S.*")
BRACKETED = re.compile(r"<[^<>\s@]+@[^<>\s]+>|\[mailto:")
CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d\b")
YEAR = re.compile(r"(?:19|20)\d\d|\d\d[./]\d\d[./]\d\d")


def end_of_copied_headers(lines: list[str], start: int) -> int:
    """The line after a block of copied headers that starts at `start`, 0 if none starts there.

    Three different headers make one if a subject or an address is among them, two if they are a date and an address:
    a customer who writes "Date: … To: Berlin" about a journey is not quoting.
    """
    if not label(lines[start]):
        return 0
    labels: set[str] = set()
    position = end = start
    while position < min(len(lines), start + LONGEST_BLOCK):
        if found := label(lines[position]):
            labels.add(found)
            end = position + 1
        elif position - end > 1 or (not lines[position].strip("> ") and len(labels) > 2):
            break
        position += 1
    block = "\n".join(lines[start:end])
    enough = len(labels) >= 3 and ("subject" in labels or "@" in block)
    two = len(labels) == 2 and "sent" in labels and "@" in block and words.DATE.search(block)
    return end if (enough or two) and labels & {"from", "sent"} else 0


def end_of_unknown_headers(lines: list[str], start: int) -> int:
    """The same for labels of a language that is not known here: to be asked only of a mail that answers.

    At least four lines in a row of a short label and a value, an address in angle brackets among them and a line with
    day, year and time: nobody fills in a form like that.
    """
    end = start
    while end < min(len(lines), start + LONGEST_BLOCK) and UNKNOWN.fullmatch(lines[end][:LONGEST_LINE]):
        end += 1
    block = lines[start:end]
    if len(block) < FEWEST_UNKNOWN or not any(BRACKETED.search(line) for line in block[:2]):
        return 0
    dated = any(words.DATE.search(line) and CLOCK.search(line) and YEAR.search(line) for line in block[:3])
    return end if dated else 0


def copied_headers(lines: list[str]) -> dict[str, str]:
    """The values of a block by label (from, sent, to, cc, subject), wrapped lines joined; the first of each wins."""
    values: dict[str, str] = {}
    current = ""
    for line in lines:
        found = label(line)
        if found and found not in values:
            current = found
            values[current] = line.replace("：", ":").partition(":")[2].strip(" *_")
        elif current and not found and line.strip("> "):
            values[current] += " " + line.strip("> \t")
    return values


def label(line: str) -> str:
    """Which header a line like "*Von:* Anna" copies, "" if none."""
    name, colon, _ = line[:60].replace("：", ":").partition(":")
    return words.LABEL_OF.get(name.strip(" \t*_>|\xa0").casefold(), "") if colon else ""
