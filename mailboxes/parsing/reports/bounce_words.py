"""With which words do mail servers say that they could not deliver, in a form of their own?"""

from __future__ import annotations

import re

from mailboxes.parsing.values.patterns import any_of

IN_NAMES = any_of(
    r"""
    mail delivery, mailer[- ]daemon, delivery (?:sub)?system, system ?administrator, postmaster, mail administrator,
    internet mail, mail (?:system|server|router|gateway|filter|security|scanner|robot), e?mail delivery, mailzustell,
    interscan, mailmarshal, mailsweeper, mimesweeper, messagelabs, mail ?foundry, trend ?micro, administrateur système,
    amministratore (?:di )?sistema, administrador d[eo]l? ?sistema, systeembeheerder, systemadministrat, systemansvarig,
    administrator systemu, správce systému, správca systému, rendszergazda, administrator de sistem,
    системный администратор, системний адміністратор, järjestelmänvalvoja, sistem yöneticisi, διαχειριστής συστήματος,
    システム管理者, 系统管理员, 系統管理員, 시스템 관리자
    """
)
IN_SUBJECTS = any_of(
    r"""
    undeliver, could ?n[o']t be delivered, not delivered, delivery (?:has )?fail,
    fail(?:ed|ure) (?:delivery|notice), returned (?:mail|to sender), mail failed,
    return(?:ed|ing) message to sender, delivery status notification,
    delivery (?:notification|report|problem|error|failure), mail (?:system|delivery) error, ^ndn:, ^ndr:,
    could not be sent, cannot be delivered, can ?not be delivered, unable to deliver, non-?delivery, not listed,
    fatal delivery, delivery status,
    message (?:status|delivery|you sent blocked), rejected:, bounce, errors from, non ?remis, unzustellbar,
    nicht zugestellt, [ée]chec de (?:la )?(?:remise|distribution), errore di consegna, zustellfehler,
    fout bij (?:de )?bezorging, leveringsfe[ij]l, leveransfel, toimitusvirhe, chyba doručení,
    chyba při doručování, 配信失敗, 投遞失敗, 系统退信, non recapitabile, no se puede entregar, no entregado,
    não (?:foi )?entregue, niet bezorgd, niedostarczo, не доставлен, недоставлен, 配信不能, zustellung fehlgeschlagen,
    unzustellbarkeit, konnte nicht zugestellt, nicht zustellbar, fehler bei der zustellung, non recapitato,
    mancato recapito,
    recapito non riuscito, impossibile recapitare, non (?:délivré|distribué|livré), échec de livraison,
    non distribuable,
    no se (?:pudo|ha podido) entregar, no entregable, error de entrega, fallo (?:de|en la) entrega, devuelto,
    falha na entrega, não pôde ser entregue, onbestelbaar, bezorging mislukt, kan inte levereras, kunde inte levereras,
    ej levererat, olevererbart, kan ikke leveres, kunne ikke leveres, ulevert, uleverbar, ikke leveret,
    ei voitu toimittaa, toimittaminen ei onnistu, perille toimittamaton, nie można dostarczyć, nie dostarczono,
    błąd dostarczania, zwrot wiadomości, nedoručiteln, nebylo doručeno, nelze doručit, nedoručené,
    nepodarilo sa doručiť,
    kézbesíthetetlen, kézbesítési hiba, nem kézbesíthető, nelivrat, imposibil de livrat, netiekam[ai]s, neįteikt,
    nepristat,
    nevar piegādāt, nepiegādāt, ei saa kätte toimetada, недоставимо, неуспешна доставка, не може да бъде доставено,
    не удалось доставить, невозможно доставить, ошибка доставки, не вдалося доставити, недоставлене,
    неможливо доставити,
    αδύνατη η παράδοση, δεν παραδόθηκε, μη παραδοτέο, teslim edilemedi, iletilemedi, gönderilemedi, nije isporučen,
    neisporučeno, ni mogoče dostaviti, nedostavljiv, לא ניתן למסור, כשל במסירה, تعذر التسليم, تعذر تسليم,
    غير قابل للتسليم,
    配信エラー, 配信できません, 送信エラー, 不達, 退信, 退回, 无法送达, 無法傳遞, 无法投递, 未送达, 投递失败, 반송,
    전송 실패, 배달되지,
    배달할 수 없, không gửi được, không thể gửi, ส่งไม่สำเร็จ, ไม่สามารถนำส่ง, tidak terkirim, gagal dikirim
    """
)
OF_DELAY = any_of(
    r"""
    delay(?:ed)?\b, warning: (?:could not|message), still (?:being )?(?:re)?tr(?:y|ied),
    will (?:be|keep|continue) (?:re)?try, will be retried, not yet been delivered, no action is required,
    delivery attempts will continue, you do not need to resend, verzögert, wird weiterhin versucht
    """
)
IN_TEXTS = any_of(
    r"""
    could ?n[o']t be delivered, (?:was|were|is) (?:not|un)(?: able to be)? ?deliver, unable to deliver,
    undeliverable, delivery (?:has )?failed, permanent(?:ly)? (?:fatal )?(?:error|fail), did not reach,
    user unknown, unknown user, no such user, mailbox (?:is )?(?:full|unavailable|not found), does not exist,
    address(?:es)? (?:rejected|not found|could not be), quota exceeded, over quota, recipient rejected,
    not be found, returned to sender, transcript of session, unknown host, no valid recipients, failed permanently,
    giving up, nicht zugestellt, konnte nicht (?:zugestellt|gesendet|übermittelt), not accepting mail,
    error occurred while (?:trying|attempting) to deliver,
    wasn't able to deliver, (?:was|been) (?:blocked|rejected) by, failed (?:address|recipient), cannot be delivered,
    could not deliver, exceeds allowed size, non-?deliverable, not (?:been )?delivered, no mailbox here,
    unknown recipient,
    recipient (?:is )?(?:unknown|not found|name is not recognized),
    account (?:is disabled|does not exist|that you tried),
    nicht erreicht, nicht vorhanden, nicht zustellbar, unbekannter? (?:empfänger|benutzer), postfach (?:ist )?voll,
    n'est pas parvenu, n'a pas (?:été|pu être) (?:remis|distribué|livré|délivré|transmis),
    impossible de (?:joindre|remettre|livrer), n'existe pas, boîte (?:aux lettres )?pleine,
    impossibile recapitare, non è stato (?:possibile )?(?:recapitat|consegnat|trovat), utente sconosciuto,
    casella piena,
    no se (?:pudo|ha podido|puede) entregar, no se encontr, usuario desconocido, falha na entrega,
    não (?:pôde|foi) ser? ?entregue,
    não foi encontrad, bezorging .{0,60}mislukt, niet gevonden, kon niet worden (?:bezorgd|afgeleverd), misslyckades,
    hittades inte, kunde inte levereras, kunne ikke leveres, blev ikke leveret, ble ikke levert, mislyktes, mislykkedes,
    ei voitu toimittaa, ei löytynyt, nie powiodł, nie znaleziono, nie (?:można|udało się) dostarczyć, nezdařil,
    nebyla nalezena, nelze doručit, nepodarilo, nebola nájdená, nem (?:sikerült|lehet) kézbesíteni, sikertelen,
    nem található,
    nu a putut fi livrat, nu a fost găsit, nepavyko (?:pristatyti|įteikti), nerasta, nevarēja piegādāt, nav atrast,
    ei õnnestunud, ei leitud, не удалось доставить, не может\s+быть\s+(?:отправлено|доставлено), не найден,
    не существует,
    не вдалося доставити, не знайдено, не може да бъде доставено, не беше намерен, δεν ήταν δυνατή η παράδοση,
    δεν βρέθηκε,
    teslim edilemedi, iletilemedi, bulunamadı, nije isporučen, nije pronađen, ni bilo mogoče dostaviti, לא ניתן למסור,
    לא נמצא,
    تعذر (?:تسليم|التسليم), غير موجود, 配信に失敗, 配信できません, 配達できません, 見つかりません, 存在しません, 退回,
    退信, 不存在,
    无法(?:送达|投递), 無法(?:傳遞|投遞), 找不到, 전송하지 못, 배달하지 못, 찾을 수 없, 존재하지 않,
    không (?:gửi|chuyển) được,
    không tìm thấy, ไม่สามารถ(?:ส่ง|นำส่ง), ไม่พบ, tidak dapat dikirim, tidak ditemukan
    """
)
BEFORE_COPIES = any_of(
    r"""
    below this line is a copy, this is a copy of, (?:un)?sent message follows, original message, message header,
    the (?:header|body) of the, included is a copy, returned message, message text follows, a copy of the,
    here follow, hier folgt, original message follows, message header:, a copy of the original
    """
)
BEFORE_CONTACTS = any_of(
    r"""
    contact, assistance, questions?, (?:mail|write|forward\w*) (?:this |it )?to, abuse, sent by, from:?,
    (?:your|this) message from
    """
)
BEFORE_RECIPIENTS = any_of(
    r"""
    rcpt to:?, recipients?(?: address)?:, could not be delivered to, delivered to, original-recipient:,
    final-recipient:, to:, user, mailbox, for, unknown user:, addressed to:, failed address:, allowed size:,
    recipient address:, 收件人[:：]
    """
)

DAEMONS = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|fetchmail[-_.]?daemon|mdaemon|mmdf|mail[-_.]?delivery(?:[-_.]?(?:sub)?system)?)\d*",
    re.IGNORECASE,
)
POSTMASTERS = re.compile(
    r"(?:post[-_.]?master|mail(?:[-_.]?(?:admin|system))|sysadmin|imss|mailmarshal|microsoftexchange[0-9a-f]{6,32})\d*",
    re.IGNORECASE,
)
# What a person is seldom called; not enough alone.
SYSTEMS = re.compile(
    r"(?:bounces?|mail(?:er|s|[-_.]?(?:server|gateway|agent))?|smtp|mta|server|system|notif\w*|delivery|ndr)\d*"
    r"(?:[-_.+].*)?",
    re.IGNORECASE,
)
# What our own mails are known by; the signature is checked where the key is.
OWN_ID = re.compile(r"^\d{1,18}-[0-9a-f]{15}-[0-9a-f]{20}@", re.IGNORECASE)
# A code alone may be a price or a house number: what servers say behind it belongs to it.
CODE = re.compile(
    r"(?<![\d.])(?:5\.\d\.\d{1,3}(?![\d.])|5[057]\d[\s-]+(?:5\.\d|<|\S{1,64}@|(?:- |the |this |that |sorry,? |\W)?(?:"
    r"user|mail|recipient|unknown|no |not |requested|address|unrout|relay|permanent|account|invalid|reject|host|domain|"
    r"denied|access|message|service|transaction|resolver|unbekannt|empfänger|blocked|spam|dmarc|rcpt)))",
    re.IGNORECASE,
)
MBOX_DAEMON = re.compile(rb">?From (?:\S*[-_.])?mailer-daemon\b", re.IGNORECASE)
DAEMON_NAMES = re.compile(IN_NAMES, re.IGNORECASE)
FAILURE_SUBJECT = re.compile(IN_SUBJECTS, re.IGNORECASE)
FAILURE_TEXT = re.compile(IN_TEXTS, re.IGNORECASE)
DELAY = re.compile(OF_DELAY, re.IGNORECASE)
COPY = re.compile(
    rf"^(?:[-=_*|\s>]*(?:{BEFORE_COPIES}).{{0,80}}|(?:received|return-path|x-mailer|mime-version):\s.{{0,200}})$",
    re.IGNORECASE | re.MULTILINE,
)
CONTACT = re.compile(rf"(?:{BEFORE_CONTACTS})\b[^\n@]{{0,60}}@[^\s>]+", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
LEADING = re.compile(
    r"^[ \t>*-]*(?:<(?P<angle>[^<>\s]{3,254})>"
    r"|(?P<bare>[^\s<>:：,;()\"]{1,64}@[^\s<>:：,;()（），。\"]{2,190}+))(?=[\s:,;(<]|$)"
    rf"|(?:{BEFORE_RECIPIENTS})\s*(?:rfc822;)?\s*<?(?P<said>[^\s<>:：,;()（，\"]{{1,64}}@[^\s<>:：,;()（），。\"]{{2,190}})",
    re.IGNORECASE | re.MULTILINE,
)
