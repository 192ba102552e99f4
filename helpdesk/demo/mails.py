"""Which mails does the demo begin with? Those of an ordinary day: plain, pretty, foreign, odd and automatic ones."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate, make_msgid

from helpdesk.demo.pictures import MACHINE, pdf


@dataclass(frozen=True)
class File:
    name: str
    type: str
    content: bytes
    cid: str = ""  # of a picture shown in the text


@dataclass(frozen=True)
class Mail:
    """A mail as a person writes it. `charset` is that of the text; `headers` are added as they are."""

    sender: str
    name: str
    to: str
    subject: str
    text: str
    html: str = ""
    cc: str = ""
    charset: str = "utf-8"
    files: tuple[File, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def compose(self) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = formataddr((self.name, self.sender))
        message["To"] = self.to
        if self.cc:
            message["Cc"] = self.cc
        message["Subject"] = self.subject
        message["Date"] = formatdate(localtime=True)
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        for name, value in self.headers.items():
            message[name] = value
        self._fill(message)
        return message

    def _fill(self, message: EmailMessage) -> None:
        message.set_content(self.text, charset=self.charset)
        if self.html:
            message.add_alternative(self.html, subtype="html", charset=self.charset)
        for file in self.files:
            kind, _, subtype = file.type.partition("/")
            if file.cid and self.html:
                html = message.get_body(("html",))
                assert html is not None
                html.add_related(file.content, kind, subtype, cid=f"<{file.cid}>", filename=file.name)
            else:
                message.add_attachment(file.content, kind, subtype, filename=file.name)


LEAK = Mail(
    "carla@acme.example",
    "Carla Conti",
    "support@brightwater.example",
    "Coffee machine on the 3rd floor leaks",
    "Hello,\n\nsince this morning the machine on the third floor (BW-300, number 7741) leaks below the spout, see the "
    "picture. We have put a tray under it.\n\nCould somebody come this week? Thursday would be best.\n\n"
    "Kind regards\nCarla Conti\nAcme GmbH, Facility",
    html="<p>Hello,</p><p>since this morning the machine on the <b>third floor</b> (BW-300, number 7741) leaks "
    'below the spout:</p><p><img src="cid:machine" alt="A puddle" width="192" height="192"></p><p>We have '
    "put a tray under it. Could somebody come this week? Thursday would be best.</p><p>Kind regards<br>Carla Conti<br>"
    '<span style="color:#777">Acme GmbH, Facility</span></p>',
    files=(File("machine.png", "image/png", MACHINE, cid="machine"),),
)
OFFER = Mail(
    "maya@blueharbour.example",
    "Maya Olsen",
    "sales@brightwater.example",
    "Offer for twelve machines",
    "Dear Brightwater team,\n\nwe open our second house in May and need twelve machines like the BW-300, with beans "
    "for about 400 cups a day. What would renting them for three years cost? I put our front desk in copy.\n\n"
    "Best wishes\nMaya Olsen\nBlue Harbour Hotel",
    cc="Front desk <frontdesk@blueharbour.example>",
)
INVOICE = Mail(
    "post@kanzlei-huber.example",
    "Kanzlei Huber",
    "billing@brightwater.example",
    "Rückfrage zur Rechnung 2024-118",
    "Grüß Gott,\n\nauf der Rechnung 2024-118 steht die alte Anschrift. Bitte schicken Sie uns eine berichtigte "
    "Rechnung über 248,50 €.\n\nMit freundlichen Grüßen\nMartina Huber, Steuerberaterin",
    charset="iso-8859-15",
    files=(File("Rechnung 2024-118.pdf", "application/pdf", pdf("Rechnung 2024-118: 248,50 EUR")),),
)
RUSSIAN = Mail(
    "irina@chayka.example",
    "Ирина Соколова",
    "support@brightwater.example",
    "Вопрос о доставке зёрен",
    "Здравствуйте!\n\nДоставляете ли вы кофейные зёрна в Ригу, и сколько это занимает времени?\n\nС уважением,\nИрина "
    "Соколова",
    charset="koi8-r",
)
NIGHT = Mail(
    "night@blueharbour.example",
    "Night shift",
    "support@brightwater.example",
    "Machine in the lobby shows E04",
    "Hi, the one in the lobby stopped with E04 at half past two. Switched it off and on twice. What now?"
    "\n\nNight shift",
)
PRIVATE = Mail(
    "carla.conti@postbox.example",
    "Carla",
    "support@brightwater.example",
    "Filter for the small machine",
    "Hello,\n\nwriting from home today: please add two water filters to our next delivery.\n\nCarla",
)
PARCEL = Mail(
    "orders@fairmontbeans.example",
    "Fairmont Beans",
    "billing@brightwater.example",
    "Your order 55120 is on its way",
    "Your order 55120 left our roastery today. 40 kg Espresso Fairmont, 20 kg Filter Dawn.",
    html='<div style="font-family:Georgia,serif;max-width:480px"><img src="https://images.fairmontbeans.example/logo.png"'
    ' width="160" height="40" alt="Fairmont Beans"><h2 style="color:#6b3e26">On its way</h2><p>Your order <b>55120</b> '
    'left our roastery today.</p><table cellpadding="6"><tr><td>Espresso Fairmont</td><td align="right">40 kg</td></tr>'
    '<tr><td>Filter Dawn</td><td align="right">20 kg</td></tr></table><script>alert("never shown")</script></div>',
)
AWAY = Mail(
    "tom.weber@acme.example",
    "Tom Weber",
    "support@brightwater.example",
    "Automatic reply: Service dates in March",
    "I am away until Monday. In urgent cases please write to office@acme.example.",
    headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
)
SAMPLE_MAILS = (LEAK, OFFER, INVOICE, RUSSIAN, NIGHT, PRIVATE, PARCEL, AWAY)
