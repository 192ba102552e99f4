"""What is a subject about, whoever answered or forwarded it in whichever language?"""

from __future__ import annotations

import re

from mailboxes.parsing.values.patterns import any_of

LONGEST = 998  # characters
# What mail programs put before the subject, by meaning and in many languages.
REPLY = any_of(
    r"""
    re, aw, antw, antwort, r, rif, ris, res, rv, odp, sv, vs, vá, vl, ynt, bls, ats, odg, hb, na, на, отв, ответ,
    відп, απ, σχετ, 回复, 回覆, 答复, 답장, 返信, رد, تعقيب, תגובה, השב
    """
)
FORWARD = any_of(
    r"""
    fwd, fw, wg, i, fs, tr, pd, vb, doorst, rvs, enc, továbbítás, tov, továb, ilt, pf, trs, vr, pst, пересл, пер,
    προώθ, πρθ, 转发, 轉寄, 전달, 転送, הועבר
    """
)
AUTOMATIC = any_of(
    r"""
    automatic reply, auto(?:matic)?[- ]?reply, auto[- ]?response, autoreply,
    out of (?:the )?office(?: autoreply| reply)?, automatische antwort, abwesenheitsnotiz, abwesenheitsnachricht,
    automatische abwesenheit\w*, réponse automatique, absence du bureau, message d'absence, respuesta automática,
    fuera de (?:la )?oficina, risposta automatica, fuori sede, resposta automática, ausência temporária,
    automatisch antwoord, afwezigheidsbericht, autosvar, automatiskt svar, automatisk svar, fraværsmelding,
    frånvaromeddelande, automaattinen vastaus, odpowiedź automatyczna, automatyczna odpowiedź, automatická odpověď,
    automatikus válasz, răspuns automat, автоответ, автоматический ответ, автоматична відповідь, otomatik yanıt,
    自动答复, 自动回复, 自動回覆, 自動応答, 자동 회신, vacation(?: reply)?
    """
)
# A number after a prefix counts: Re[2], Re^2, AW2.
PREFIX = re.compile(rf"\s*(?:{REPLY}|{FORWARD}|{AUTOMATIC})(?:\s*[\[(^]?\d{{1,3}}[\])]?)?\s*[:：]\s*", re.IGNORECASE)
AUTOMATIC_REPLY = re.compile(rf"(?:\[[^\]]{{1,60}}\]\s*)?(?:{AUTOMATIC})(?:\W|$)", re.IGNORECASE)
LIST_LABEL = re.compile(r"\s*\[[^\[\]]{1,80}\]\s*(?=\S)")
TAG = re.compile(r"\s*\[#\d{1,18}\]\s*")
TRAILING_FORWARD = re.compile(r"\s*\(fwd\)\s*$", re.IGNORECASE)
MARKED_AS_FORWARD = re.compile(rf"\s*(?:{TAG.pattern})?(?:{FORWARD}|rv|vl)\s*[:：]", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """The subject without reply and forward prefixes and without our tag `[#123]`, folded for comparison.

    Two mails with the same bare subject speak of the same thing. White space is folded and case is folded (RFC 5256,
    section 2.1, widened to the prefixes of other languages). A label of others, like `[list]`, stays, on whichever
    side of the prefix it stood.
    """
    text = TAG.sub(" ", subject[:LONGEST])
    labels = ""
    while found := PREFIX.match(text) or (LIST_LABEL.match(text) if not labels else None):
        labels += found[0] if found[0].lstrip().startswith("[") else ""
        text = text[found.end() :]
    text = labels + text
    text = TRAILING_FORWARD.sub("", text)
    return " ".join(text.split()).casefold()


def is_forward(subject: str) -> bool:
    """Does the first prefix say that this mail passes another one on?"""
    return MARKED_AS_FORWARD.match(subject) is not None


def says_automatic_reply(subject: str) -> bool:
    """Does it begin like the subject of an out-of-office note? Evidence together with a header only."""
    return AUTOMATIC_REPLY.match(subject.strip()) is not None
