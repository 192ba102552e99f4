"""A mail divided into what is new and what is quoted, its text and its HTML alike.

Text and HTML are two forms of the same words, made by two pieces of software: each shows where the quote begins in its
own way, and the one that tells is believed for both.
"""

from __future__ import annotations

from mailboxes.parsing.quotes.html_quotes import (
    end_of_words,
    fold,
    fold_behind,
    fold_like,
    may_quote,
    read_as,
    same_words,
)
from mailboxes.parsing.quotes.replies import split_reply


def divide(text: str, html: str, *, answers: bool) -> tuple[str, str, str]:
    """(`html` with its quotes in <details>, reply, quoted); `answers`: the mail says that it answers another one."""
    reply, quoted = split_reply(text, answers=answers)
    if not html or not (quoted or may_quote(html)):
        return html, reply, quoted
    is_tail = quoted != "" and text.rstrip().endswith(quoted[-40:].strip())
    if is_tail and (folded := fold_behind(html, reply, quoted)):
        return folded, reply, quoted
    folded, visible, hidden = fold(html, answers=answers)
    if same_words(visible, reply) or (not hidden and not quoted):
        return folded, reply, quoted
    if hidden and same_words(text, read_as(html)):  # the text was made from the HTML
        return folded, visible, hidden
    if hidden and (end := end_of_words(lines := text.split("\n"), visible)):
        return folded, "\n".join(lines[:end]).strip("\n").rstrip(), "\n".join(lines[end:]).strip("\n")
    if is_tail and not hidden:
        return fold_like(html, reply, quoted), reply, quoted
    return folded, reply, quoted
