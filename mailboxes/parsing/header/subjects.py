"""What is a subject about, without the prefixes and labels that mail programs add in any language?"""

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
    自动答复, 自动回复, 自動回覆, 自動回復, 自動応答, 自動返信, 不在通知, 자동 회신, 자동 응답, 부재중,
    vacation(?: reply)?, abwesend, abwesenheit(?:sassistent|shinweis|smeldung)?, afwezig, absente?, en congés?,
    en vacances, de vacaciones, assente, in ferie, em férias, na urlopie, на отпуске, в отпуске, у відпустці,
    automātisk[āa] atbilde, prombūtnē, prombūtnes paziņojums, automatinis (?:atsakymas|atsakas), nesu biure,
    automaatvastus, automaatne vastus, autoodpowiedź, auto-odpowiedź, automatyczna odpowiedz, odpowiedz automatyczna,
    nieobecność(?: w biurze)?, poza biurem, informacja o nieobecności, automatická odpoveď, nepřítomnost,
    mimo kancelář, samodejni odgovor, automatski odgovor, аутоматски одговор, автоматичен отговор, автовідповідь,
    αυτόματη απάντηση, otomatik cevap, ofis dışında, sjálfvirkt svar, resposta automàtica, erantzun automatikoa,
    מענה אוטומטי, תשובה אוטומטית, رد تلقائي, پاسخ خودکار, ตอบกลับอัตโนมัติ, trả lời tự động, balasan otomatis,
    házon kívül, szabadság, în afara biroului, outside the office, away from (?:the |my )?office
    """
)
# What gateways and filters write before or after a subject: where a mail came from, and what they think of it.
GATEWAY = re.compile(
    any_of(
        r"""
        ext, ext\.?[- ]?e?mail,
        ext(?:ern(?:al|e?[rs]?|[oaie]|ally|t)?)?[-: ]*(?:e-?mail|mail|sender|message|user|source),
        external(?:[-: ]*(?:to|from) .{1,30})?, outside sender, extern, externe[rsn]?,
        externe (?:nachricht|mail|e-mail), extern absender, externer absender, mail extern, courriel externe,
        expéditeur externe, message externe, correo externo, remitente externo, mensaje externo, externo, externa,
        e-mail externo, remetente externo, mensagem externa, esterno, esterna, mail esterna, e-mail esterna,
        mittente esterno, messaggio esterno, externe afzender, externe e-mail, extern e-mail, extern mail,
        extern avsändare, ekstern, ekstern e-post, ekstern e-mail, ekstern avsender, ulkoinen, ulkoinen viesti,
        ulkoinen lähettäjä, zewnętrzn[yae], e-mail zewnętrzny, wiadomość zewnętrzna, nadawca zewnętrzny, externí,
        externí e-mail, externí odesílatel, externý, külső, külső levél, külső feladó, extern mesaj,
        expeditor extern, внешн(?:ий|яя|ее), внешняя почта, внешнее письмо, внешний отправитель, зовнішн(?:ій|є|я),
        зовнішня пошта, зовнішній відправник, външен, външна поща, εξωτερικό, εξωτερικός αποστολέας, harici, dış,
        dış e-posta, harici e-posta, חיצוני, خارجي, 外部, 外部邮件, 外部郵件, 社外, 外部メール, 외부, 외부 ?메일,
        .{0,12}spam, spam[- ]?verdacht, (?:possible|probable|likely|probably|suspected|potential) phish(?:ing)?,
        spam(?:\W.{0,20})?, posible spam, probabile spam, sospetto spam, spam potentiel,
        spam probable, (?:скорее всего |возможно )?спам, junk(?:[- ]?mail)?, bulk(?: mail)?, marketing, graymail,
        suspect(?:ed)?, suspicious(?: e?-?mail| message)?, verdächtig, verdacht, verdächtige (?:e-?mail|nachricht),
        sospechoso, sospetto, подозрительно(?:е)?, podejrzane, podejrzana wiadomość,
        (?:caution|warning|attention|achtung|vorsicht|atención|attenzione|uwaga|внимание)(?:\W.{0,40})?,
        phish(?:ing)?(?: alert)?, untrusted, nicht vertrauenswürdig, unverified(?: sender)?, not verified, unchecked,
        virus,
        virus (?:scanned|checked), scanned, disarmed, sec(?:urity)?=.{1,60}, secured?, secure (?:mail|message),
        encrypt(?:ed)?, sicher, verschlüsselt, chiffré, cifrado, cifrato, szyfrowane, зашифровано,
        signed(?: ok| invalid| by.{1,40})?, signiert, verified, smime, confidential, vertraulich, confidentiel,
        confidencial, riservato, poufne
        """
    ),
    re.IGNORECASE,
)
# In brackets, between stars, or in front of a colon; a bare word is a word of the subject.
_LABELLED = (
    r"\[(?P<square>[^\[\]]{1,60})\]|\((?P<round>[^()]{1,60})\)|\{(?P<curly>[^{}]{1,60})\}|<(?P<angle>[^<>]{1,60})>"
    r"|[【［「](?P<wide>[^【［「】］」]{1,60})[】］」]|（(?P<full>[^（）]{1,60})）"
    r"|(?P<mark>[*~#_=+!|-]{1,12}+)(?P<between>[^*~#_=+!|]{1,60})(?P=mark)"
)
_WORD = r"(?P<word>ext|extern(?:al|e)?|(?:suspected )?spam|junk)\s?[:：]"
LABEL = re.compile(rf"\s*+(?:(?:{_LABELLED})\s*+[:：-]?|{_WORD})\s*+", re.IGNORECASE)
TRAILING_LABEL = re.compile(rf"\s*+(?:{_LABELLED})\s*+\Z", re.IGNORECASE)
LABEL_ENDS = tuple("])}>】］」）*~#_=+!|-")
LONGEST_LABEL = 90  # characters, with what is around it
# A number after a prefix counts: Re[2], Re^2, AW2.
PREFIX = re.compile(rf"\s*(?:{REPLY}|{FORWARD}|{AUTOMATIC})(?:\s*[\[(^]?\d{{1,3}}[\])]?)?\s*[:：]\s*", re.IGNORECASE)
AUTOMATIC_REPLY = re.compile(rf"(?:\[[^\]]{{1,60}}\]\s*)?(?:{AUTOMATIC})(?:\s*[:：]|\W|$)", re.IGNORECASE)
LIST_LABEL = re.compile(r"\s*\[[^\[\]]{1,80}\]\s*(?=\S)")
TAG = re.compile(r"\s*\[#\d{1,18}\]\s*")
TRAILING_FORWARD = re.compile(r"\s*\(fwd\)\s*$", re.IGNORECASE)
MARKED_AS_REPLY = re.compile(rf"\s*(?:{TAG.pattern})?(?:{REPLY})(?:\s*[\[(^]?\d{{1,3}}[\])]?)?\s*[:：]", re.IGNORECASE)
MARKED_AS_FORWARD = re.compile(rf"\s*(?:{TAG.pattern})?(?:{FORWARD}|rv|vl)\s*[:：]", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """The subject without reply and forward prefixes and without our tag `[#123]`, folded for comparison.

    Two mails with the same bare subject speak of the same thing. White space is folded and case is folded (RFC 5256,
    section 2.1, widened to the prefixes of other languages). What a gateway wrote into it ([EXTERNAL], ***SPAM***) is
    no part of it. A label of others, like `[list]`, stays, on whichever side of the prefix it stood.
    """
    text = TAG.sub(" ", subject[:LONGEST])
    labels = ""
    while found := _label(text) or PREFIX.match(text) or (LIST_LABEL.match(text) if not labels else None):
        labels += found[0] if found.re is LIST_LABEL else ""
        text = text[found.end() :]
    text = TRAILING_FORWARD.sub("", labels + text)
    if trailing := _trailing_label(text):
        text = text[: trailing.start()]
    return " ".join(text.split()).casefold()


def gateway_labels(subject: str) -> list[str]:
    """The labels that are no part of the bare subject, as they stand in it: `["[EXTERNAL]"]`."""
    text = TAG.sub(" ", subject[:LONGEST])
    found = []
    while match := _label(text) or PREFIX.match(text):
        found += [match[0].strip()] if match.re is LABEL else []
        text = text[match.end() :]
    if trailing := _trailing_label(text):
        found.append(trailing[0].strip())
    return found


def _label(text: str) -> re.Match[str] | None:
    """A gateway's label at the start of `text`, if something follows it."""
    found = LABEL.match(text)
    return found if found and found.end() < len(text) and _is_label(found) else None


def _trailing_label(text: str) -> re.Match[str] | None:
    """A gateway's label at the end of `text`, if something stands before it."""
    text = text.rstrip()
    if not text.endswith(LABEL_ENDS):
        return None
    start = max(1, len(text) - LONGEST_LABEL)
    found = next((each for at in range(start, len(text)) if (each := TRAILING_LABEL.match(text, at))), None)
    return found if found and text[: found.start()].strip() and _is_label(found) else None


def _is_label(found: re.Match[str]) -> bool:
    names = found.groupdict()
    if names.get("word"):
        return True
    inside = next(value for name, value in names.items() if value and name not in ("mark", "word"))
    return GATEWAY.fullmatch(inside.strip(" *!?:.-~#_=+|")) is not None


def is_forward(subject: str) -> bool:
    """Does the first prefix say that this mail passes another one on?"""
    return MARKED_AS_FORWARD.match(_without_labels(subject)) is not None


def says_automatic_reply(subject: str) -> bool:
    """Does it begin like the subject of an out-of-office note? Evidence together with a header only."""
    return AUTOMATIC_REPLY.match(_without_labels(subject).strip()) is not None


def announces_automatic_reply(subject: str) -> bool:
    """The same with a colon behind it: "Out of office: Printer", not "Vacation request"."""
    found = AUTOMATIC_REPLY.match(_without_labels(subject).strip())
    return found is not None and found[0][-1:] in (":", "：")


def is_reply(subject: str) -> bool:
    """Does the first prefix say that this mail answers another one?"""
    return MARKED_AS_REPLY.match(_without_labels(subject)) is not None


def _without_labels(subject: str) -> str:
    while found := _label(subject):
        subject = subject[found.end() :]
    return subject
