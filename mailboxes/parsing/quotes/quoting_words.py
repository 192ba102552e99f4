"""With which words do mail programs introduce what they quote, in which language?"""

from __future__ import annotations

import re

from mailboxes.parsing.values.patterns import any_of

# "wrote", as the attribution line above a quote has it; at its end or, in Dutch and German, before the name.
WROTE = any_of(
    r"""
    wrote, writes, sent, said, schrieb, schrieben, schreef, geschreven, heeft geschreven, a écrit, a ecrit, écrit,
    ecrit, ha scritto, scrive, scritto, escribió, escribio, ha escrit, va escriure, escreveu, escrebeu, skrev,
    skrifaði, kirjoitti, napisał, napisała, napisał\(a\), napisal\(a\), pisze, napsal, napsala, napsal\(a\),
    napísal, napísala, napísal\(a\), írta, ezt írta, a scris, написал, написала, написал\(а\), пишет, писал, пише,
    написав, написа, έγραψε, yazdı, şunu yazdı, kirjutas, rašė, rakstīja, je napisao, je napisala, je napisao/la,
    je napisal, napisal, napisala, је написао, је написала, напишал, đã viết, menulis, tulis, ditulis, כתב, כתבה,
    كتب, كتبت, تمت كتابة ما يلي بواسطة, نوشت, نوشته است, ने लिखा, লিখেছেন, va escriure, hau idatzi du, idatzi du,
    shkroi, ka shkruar, ysgrifennodd, skryf, het geskryf, ameandika, isinulat, yozdi, жазды, დაწერა, գրել է
    """
)
# The same in writing without spaces between words.
WROTE_GLUED = any_of("เขียนว่า, 写道, 寫道, 書きました, のメール, 님이 작성, 작성")
# Words an attribution starts with when the date comes first.
ON = any_of(
    r"""
    on, am, le, el, il, op, den, på, pe, em, no dia, dana, dne, dňa, w dniu, dnia, vào, at, kl, в, στις, ב, בתאריך,
    في, ti, il giorno, a
    """
)
# The labels of copied headers, by what they mean.
LABELS = {
    "from": any_of(
        r"""
        from, von, de, da, van, från, fra, od, lähettäjä, от, від, feladó, expéditeur, absender, mittente,
        remitente, afzender, gönderen, kimden, από, 发件人, 寄件者, 差出人, 送信者, 보낸 사람, 보낸사람, من, מאת,
        nadawca, odesílatel, od koho, de la, nuo, siuntėjas, no, sūtītājs, saatja, kellelt, šalje, pošiljatelj,
        pošiljatel, odosielateľ, подател, изпраща, від кого, od, nga, dari, từ, người gửi, จาก, प्रेषक, از, nork, frá,
        oddi wrth, 寄件人, 發件人, 从
        """
    ),
    "sent": any_of(
        r"""
        sent, gesendet, envoyé, envoye, inviato, enviado, enviado el, enviada, enviada em, enviado em, verzonden,
        skickat, sendt, wysłano, wysłane, odesláno, odoslané, lähetetty, отправлено, надіслано, elküldve, küldve,
        trimis, gönderilen, gönderildi, tarih, date, datum, data, fecha, dato, dátum, päivämäärä, дата, ημερομηνία,
        发送时间, 发送日期, 日期, 寄件日期, 送信日時, 日付, 보낸 날짜, 보낸날짜, 날짜, تاريخ, תאריך, poslano, στάλθηκε,
        išsiųsta, nosūtīts, saadetud, kuupäev, изпратено, poslato, odoslané, dátum odoslania, datum odeslání,
        sendt dato,
        dërguar, dikirim, terkirim, tanggal, đã gửi, ngày, ngày gửi, ส่ง, ส่งเมื่อ, วันที่, भेजा गया, दिनांक, तारीख,
        ارسال شده, تاریخ, تم الإرسال, تاريخ الإرسال, נשלח, bidalia, data, enviat, enviat el, anfonwyd, 傳送時間,
        寄件時間,
        發送時間, 傳送日期, 时间, sent at, sent on, date sent, sendedatum, gesendet am, päiväys, отправлен, posláno
        """
    ),
    "to": any_of(
        r"""
        to, an, à, a, para, aan, til, till, do, komu, vastaanottaja, кому, címzett, destinataire, empfänger,
        destinatario, destinatário, către, kime, alıcı, προς, 收件人, 宛先, 받는 사람, 받는사람, إلى, אל, za, kam,
        adressaat, kellele, prima, до, получател, për, kepada, ke, đến, tới, người nhận, ถึง, प्रति, प्राप्तकर्ता, به,
        nori, per a, odbiorca, príjemca, příjemce, gavėjas, saņēmējs, modtager, mottaker, mottagare, 收件者
        """
    ),
    "cc": any_of(
        r"""
        cc, kopie, copie, copia, kopia, kopi, kopio, копия, dw, ccn, cc:, másolat, bilgi, 抄送, 副本, 参照, 참조
        """
    ),
    "subject": any_of(
        r"""
        subject, betreff, tema, temats, tēma, teema, относно, predmet, subjekti, perihal, subjek, chủ đề, tiêu đề,
        เรื่อง,
        विषय, موضوع, gaia, assumpte, efni, pwnc, onderwerp, 主題, objet, oggetto, asunto, assunto, onderwerp, ämne,
        emne, temat, předmět, predmet, aihe,
        тема, tárgy, subiect, konu, θέμα, 主题, 主旨, 件名, 제목, الموضوع, נושא, zadeva, reply-to, organization,
        importance, priority, newsgroups
        """
    ),
}
LABEL_OF = {word: label for label, words in LABELS.items() for word in words.split("|")}
ORIGINAL = any_of(
    r"""
    original message, original-nachricht, originalnachricht, ursprüngliche nachricht, ursprungliche nachricht,
    message d'origine, message original, messaggio originale, mensaje original, mensagem original,
    oorspronkelijk bericht, oorspronkelijke bericht, ursprungligt meddelande, opprinnelig melding,
    original meddelelse, oprindelig meddelelse, oryginalna wiadomość, wiadomość oryginalna, původní zpráva,
    pôvodná správa, eredeti üzenet, mesaj original, alkuperäinen viesti, исходное сообщение, оригинальное сообщение,
    orijinal mesaj, αρχικό μήνυμα, 原始邮件, 邮件原件, 原始郵件, 元のメッセージ, 원본 메시지, original email,
    original mail, reply message, reply above this line
    """
)
FORWARDED = any_of(
    r"""
    forwarded message, forwarded by, weitergeleitete nachricht, weitergeleitet von, message transféré,
    message transfere, mensaje reenviado, mensagem encaminhada, messaggio inoltrato, doorgestuurd bericht,
    vidarebefordrat meddelande, videresendt melding, videresendt meddelelse, wiadomość przekazana,
    przekazana wiadomość, přeposlaná zpráva, preposlaná správa, továbbított üzenet, mesaj redirecționat,
    välitetty viesti, пересланное сообщение, пересылаемое сообщение, переслане повідомлення, iletilen ileti,
    转发的邮件, 转发邮件, 轉寄郵件, 転送されたメッセージ, 전달된 메시지, προωθημένο μήνυμα, begin forwarded message,
    anfang der weitergeleiteten nachricht, anfang der weitergeleiteten e-mail, début du message transféré,
    début du message réexpédié, inicio del mensaje reenviado, inizio messaggio inoltrato,
    início da mensagem reencaminhada, begin doorgestuurd bericht, vidarebefordrat brev
    """
)
SENT_FROM = any_of(
    r"""
    sent from, sent via, sent using, sent with, get outlook for, von meinem, gesendet von, gesendet mit,
    diese nachricht wurde von meinem, envoyé de, envoyé depuis, envoyé à partir de, envoye de, inviato da,
    inviata da, enviado desde, enviado de, enviado do, enviado a partir, enviado con, enviado pelo, verzonden vanaf,
    verstuurd vanaf, verzonden met, skickat från, sendt fra, wysłane z, wysłano z, odesláno z, odoslané z,
    lähetetty, отправлено с, отправлено из, надіслано з, küldve, trimis de pe, iphone'umdan, 从我的, 發自我的,
    发自我的, iphoneから送信, 나의 .{0,20}에서 보냄, στάλθηκε από, saadetud minu, poslano s, poslano z, nosūtīts no,
    išsiųsta iš, odesláno ze, poslané z, saadetud, надіслано з мого, изпратено от, πήρατε από, iphone'umdan gönderildi,
    שנשלח מה, נשלח מה, أُرسلت من, أرسلت من, ارسال شده از, được gửi từ, gửi từ, ส่งจาก, dikirim dari, kirim dari,
    enviat des, bidalia, sent fra, sent från, wysłane za pomocą, wiadomość wysłana z, отправлено через,
    enviado mediante, envoyé avec, inviato tramite, inviato con, verstuurd met, geschickt von
    """
)
# How Outlook's telephones ask everybody to get Outlook, too.
GET_OUTLOOK = any_of(
    r"""
    get outlook for, download outlook for, holen sie sich outlook für, outlook für .{1,20} (?:herunterladen|beziehen),
    laden sie outlook für, télécharger outlook pour, téléchargez outlook pour, obtenir outlook pour,
    obtenez outlook pour, obtener outlook para, obtén outlook para, obtenga outlook para, descargar outlook para,
    descarga outlook para, ottieni outlook per, scarica outlook per, obter o outlook para, obtenha o outlook para,
    baixar o outlook para, transferir o outlook para, outlook voor .{1,20} (?:downloaden|ophalen),
    download outlook voor,
    haal outlook voor, pobierz (?:aplikację |program )?outlook (?:dla|na), uzyskaj (?:aplikację )?outlook dla,
    skaffa outlook för, hämta outlook för, ladda ned outlook för, få outlook (?:for|til), hent outlook (?:for|til),
    last ned outlook for, skaff deg outlook for, hanki outlook, lataa outlook, získat outlook pro, stáhnout outlook pro,
    získejte outlook pro, získať outlook pre, stiahnuť outlook pre, získajte outlook pre,
    (?:az )?outlook .{0,20}letöltése,
    outlook beszerzése, az outlook letöltése, az .{1,20}(?:hez|höz|hoz) készült outlook, a .{1,20} outlook beszerzése,
    obțineți outlook pentru, descărcați outlook pentru, скачать outlook для, скачайте outlook для, получить outlook для,
    загрузить outlook для, отримати outlook для, завантажити outlook для, изтеглете outlook за, вземете outlook за,
    λήψη του outlook για, αποκτήστε το outlook για, κάντε λήψη του outlook για, .{1,20} için outlook[’']?[ıiu],
    outlook[’']?[ıiu] .{1,20} için, preuzmite outlook za, nabavite outlook za, prenesite outlook za,
    pridobite outlook za,
    gaukite .{0,12}outlook, gauti .{0,12}outlook, atsisiųskite outlook, iegūstiet outlook, lejupielādēt outlook,
    hankige outlook, laadige alla outlook, obteniu l'outlook, obtén outlook, tải outlook cho, nhận outlook cho,
    dapatkan outlook untuk, unduh outlook untuk, รับ outlook สำหรับ, ดาวน์โหลด outlook, קבל את outlook, הורד את outlook,
    הורדת outlook, قم بتنزيل outlook, احصل على outlook, الحصول على outlook, تنزيل outlook, دریافت outlook,
    获取.{0,20}outlook, 下载.{0,20}outlook, 取得.{0,20}outlook, 下載.{0,20}outlook, 獲取.{0,20}outlook,
    .{0,20}outlook ?を(?:入手|ダウンロード|取得), outlook for .{1,10} ?を,
    .{0,20}outlook.{0,12}(?:다운로드|가져오기|받기)
    """
)
OUTLOOK_LINK = r"https?://(?:aka\.ms|go\.onelink\.me)/"

WROTE_VERB = re.compile(rf"(?<![^\W_])(?:{WROTE})(?![a-zà-ÿ])|{WROTE_GLUED}", re.IGNORECASE)
NAME_WROTE = re.compile(rf"[\s*_]*(?P<name>\w[\w .'’-]{{0,60}}?) (?:{WROTE})\s*:[\s*_]*")  # with no date or address
ON_WORD = re.compile(rf"[\s\-–*_>]*(?:(?:{ON})\b|\d|\w{{2,12}}[.,]?\s\d)", re.IGNORECASE)
DATE = re.compile(r"\d{1,4}[./-]\s?\d{1,2}[./-]|\d{1,2}[:.h]\d\d|\b(?:19|20)\d\d\b|\d{4}年")
DATE_FIRST = re.compile(r"\s*(?:\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})")
SHARED_LINE = re.compile(
    r"(?:-{2,}\s*|(?<=\s))On "
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? |\d{1,2}[ /.-])"
    r"[^\n]{5,250}\bwrote:\s*$",
    re.IGNORECASE,
)
RULE = re.compile(r"[\s>|]*[-–—_=*]{5,}\s*")
RULED = re.compile(r"\s*[-–—]{2,}\s?(\S.{0,200}?)\s?[-–—]{2,}\s*")
ORIGINAL_LINE = re.compile(rf"[\s>|*_]*[-–—_=*]{{2,}}\s*(?:{ORIGINAL})\b.{{0,40}}?[-–—_=*]*\s*", re.IGNORECASE)
FORWARD_LINE = re.compile(
    rf"[\s|*_]*[-–—_=*]*\s*(?:{FORWARDED})\b.{{0,120}}?(?:[-–—_=*]{{2,}}|[:：])\s*", re.IGNORECASE
)
SENT_FROM_LINE = re.compile(rf"[\s\-–—_*<]*(?:{SENT_FROM})\b[^.!?,;]{{0,60}}(?:<[^>]{{1,150}}>)?[\s*_]*", re.IGNORECASE)
# On a line of its own, with or without its link; the link alone says enough when Outlook stands before it.
OUTLOOK_LINE = re.compile(
    rf"[\s\-–—_*<\[]*(?:(?:{GET_OUTLOOK})[^.!?\n]{{0,40}}?(?:\s*[<(\[]?{OUTLOOK_LINK}\S{{1,100}})?"
    rf"|[^.!?\n]{{0,60}}outlook[^.!?\n]{{0,40}}?\s*[<(\[]{OUTLOOK_LINK}\S{{1,100}})[\s*_]*",
    re.IGNORECASE,
)
BROKEN_ATTRIBUTION = re.compile(
    r"\s*>\s{0,3}(?:wrote|a écrit|schrieb|escribió)\s?:\s*", re.IGNORECASE
)  # of "<name\n> wrote:"
