"""What has a person of the demo received, and how is it answered? Reads the demo's mail server, not the helpdesk."""

from dataclasses import dataclass
from functools import lru_cache

from helpdesk.demo import people, postoffice
from helpdesk.demo.mails import Mail
from helpdesk.demo.postoffice import CATCH_ALL
from mailboxes.parsing import ParsedEmail, parse

OURS = tuple(people.QUEUES.values())


@dataclass(frozen=True)
class Received:
    """The mail at `index` of a person's mailbox, oldest first."""

    index: int
    email: ParsedEmail

    @property
    def reply_to(self) -> str:
        answer = next(iter(self.email.reply_to), self.email.author)
        return answer.address

    def answer(self, sender: str) -> Mail:
        """The beginning of a reply as mail programs make it: subject, quote, and the headers that thread it."""
        subject = self.email.subject
        quote = "\n".join(f"> {line}" for line in self.email.text.strip().splitlines())
        known = " ".join(f"<{each}>" for each in (*self.email.references, self.email.message_id))
        return Mail(
            sender,
            people.names().get(sender, ""),
            self.reply_to,
            subject if subject.lower().startswith("re:") else f"Re: {subject}",
            f"\n\n{self.email.author.name or self.email.author.address} wrote:\n{quote}\n",
            headers={"In-Reply-To": f"<{self.email.message_id}>", "References": known},
        )


def received(address: str) -> list[Received]:
    """Every mail of a person, oldest first."""
    office = postoffice.current()
    user = office.user_for(address)
    emails = [_read(raw) for raw in office.messages(user)]
    if user == CATCH_ALL:
        emails = [email for email in emails if address in email.delivered_to]
    return [Received(index, email) for index, email in enumerate(emails)]


def addresses() -> list[tuple[str, int]]:
    """Who may be read here, and how many mails each has: the sample people, then whoever else was written to."""
    office = postoffice.current()
    known = {address: len(office.messages(address)) for address in people.everybody() if address in office.accounts}
    others: dict[str, int] = {}
    for email in map(_read, office.messages(CATCH_ALL)):
        for address in email.delivered_to[:1]:
            others[address] = others.get(address, 0) + 1
    return [*known.items(), *sorted(others.items())]


@lru_cache(maxsize=256)
def _read(raw: bytes) -> ParsedEmail:
    return parse(raw)
