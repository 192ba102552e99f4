"""Every limit of the product in one table, and the one way to count what people try.

A limit says how many of what, for whom and in which time, what happens when it is reached, and what the reader is told.
How deep a parser goes or how many rows a page shows is no limit of this kind: it stands beside its algorithm.

Where rows exist anyway (mails, links, drafts) they are counted, in the database. Tries that leave no row are counted in
the cache, as the sign-in library counts its own: for all web processes together with `REDIS_CACHE_URL`, else by each
process for itself (docs/decisions/limits.md).
"""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_TOO_MANY = "too_many_tries"
MINUTE, HOUR, DAY = 60, 3600, 86400
KILOBYTE, MEGABYTE = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limit:
    """`amount` of what `name` says, per `per`, within `seconds` (0: at any time).

    `happens`: when it is reached, for operators. `told`: what the reader gets then, "" for nobody; `sentence` fills it
    in. `setting`: where an installation says another number, "" for nowhere; `amount` is what holds until then.
    """

    name: str
    amount: int
    per: str
    seconds: int
    happens: str
    told: "_StrPromise | str" = ""
    setting: str = ""

    @property
    def time(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    def count(self, *who: str, times: int = 1) -> bool:
        """Count one more for `who`, or `times` more; False if that is more than there may be.

        The time begins with the first one, and what is refused does not prolong it. Who is not known ("") is not
        counted: all of them would be one.
        """
        if "" in who:
            return True
        key = self._key(who)
        cache.add(key, 0, self.seconds)
        try:
            counted = cache.incr(key, times)
        except ValueError:  # it ended in between
            cache.set(key, times, self.seconds)
            counted = times
        return counted <= self.amount

    def left(self, *who: str, uncounted: int = 0) -> bool:
        """Whether `who` may try once more, besides so many that are to be counted yet; counts none."""
        if "" in who:
            return True
        counted: int = cache.get(self._key(who), 0)
        return counted + uncounted < self.amount

    def forget(self, *who: str) -> None:
        """Begin anew for `who`."""
        cache.delete(self._key(who))

    def sentence(self, most: object = None) -> str:
        """What the reader is told; `most` stands for the number, if it is not to be `amount` as it is."""
        return str(self.told) % {"most": self.amount if most is None else most} if self.told else ""

    def refusal(self) -> ValidationError:
        """The error of a form that is refused because of it."""
        return ValidationError(self.sentence(), code=_TOO_MANY)

    def for_allauth(self, per: str) -> str:
        """The same in the words of the sign-in library, which counts it; `per` is its "ip", "user" or "key"."""
        return f"{self.amount}/{self.seconds}s/{per}"

    def _key(self, who: tuple[str, ...]) -> str:
        return ":".join(("limit", self.name.replace(" ", "-"), *(each.encode().hex() for each in who)))


def client(request: HttpRequest) -> str:
    """Whom tries are counted for: the client's address, of IPv6 its network of 64 bits; "" if none is known."""
    given: str = request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(given)
    except ValueError:
        return given
    return str(ip_network(f"{address}/64", strict=False)) if isinstance(address, IPv6Address) else given


def status(form: Form) -> HTTPStatus:
    """429 for a page that says that there were too many tries, 200 for any other."""
    return HTTPStatus.TOO_MANY_REQUESTS if form.has_error(NON_FIELD_ERRORS, _TOO_MANY) else HTTPStatus.OK


_CLIENT = "client address (of IPv6 one /64)"
_TOO_MANY_PAGES = "The page “Too many requests” (429)."
_WAIT = _("There were too many attempts from your connection. Please wait ten minutes, then try again.")

# -- Agents sign in ------------------------------------------------------------------------------------------------
SIGN_IN_CLIENT = Limit("wrong passwords", 50, _CLIENT, 10 * MINUTE, "No password is looked at from there.", _WAIT)
SIGN_IN_NAME = Limit(
    "wrong passwords of one account",
    8,
    f"account and {_CLIENT}",
    15 * MINUTE,
    "No password is looked at for that account from there; from elsewhere its owner signs in.",
    _("Too many wrong passwords were entered. Please wait a quarter of an hour, or reset your password."),
)
SIGN_IN_ACCOUNT = Limit(
    "wrong passwords of one account from anywhere",
    20,
    "account",
    HOUR,
    "For that account one password a minute is looked at; but all of them from browsers in which its owner has signed "
    "in before, of whoever has just chosen a new one by a mailed link, and of owners with a second factor.",
    _("Too many wrong passwords were entered for this account. Please try again in a minute, or reset your password."),
)
SIGN_IN_SLOWED = Limit("passwords of an account that is being guessed at", 1, "account", MINUTE, "See the row above.")
SECOND_FACTOR = Limit("wrong codes of an authenticator app", 5, "account", 5 * MINUTE, "The form says so.")
PASSWORD_PAGES = Limit("sign-in forms sent", 60, _CLIENT, MINUTE, _TOO_MANY_PAGES)
PASSWORD_CONFIRMED = Limit("passwords asked for again", 10, "account", MINUTE, _TOO_MANY_PAGES)
PASSWORD_CHANGED = Limit("changes of the own password", 5, "account", MINUTE, _TOO_MANY_PAGES)
PASSWORD_LINK_CLIENT = Limit("requests for a new password", 20, _CLIENT, MINUTE, _TOO_MANY_PAGES)
PASSWORD_LINKS = Limit(
    "links to choose a new password", 3, "account", HOUR, "None is mailed; whoever gets none has one that works."
)

# -- Forms and files ------------------------------------------------------------------------------------------------
FORM_BYTES = Limit("bytes of a form without its files", 10 * MEGABYTE, "form", 0, "The page “Bad request” (400).")
FORM_FIELDS = Limit("fields of a form", 5_000, "form", 0, "The page “Bad request” (400).")
_NOT_SENT = "It is not sent, and stays in its form."
MESSAGE_FILES = Limit(
    "files of a message that is written here",
    50,
    "message",
    0,
    _NOT_SENT,
    _("At most %(most)d files fit into one message."),
)
MESSAGE_FILES_BYTES = Limit(
    "bytes of all files of a message that is written here",
    20 * MEGABYTE,  # what most mail servers still take, after the third that encoding adds
    "message",
    0,
    "They are not kept; the text is. Visitors' files are no more than a mail of the largest size could carry.",
    _("The files are too large: a message can hold %(most)s. Remove or shrink some."),
)
_GIVEN_UP = "The oldest is given up, and the writer is told."
_DRAFTS_TOLD = _("You had more than %(most)d unsent messages. The oldest was discarded.")
_FILES_REFUSED = "The file is not kept; the text is."
_FILES_TOLD = _("Files in unsent messages may total %(most)s. Send the messages, or remove some files.")
OWN_VIEWS = Limit(
    "views of tickets that an agent keeps under a name",
    30,
    "agent",
    0,
    "The view is not saved.",
    _("You have %(most)s views. Delete one first."),
)
AGENT_DRAFTS = Limit("messages that are begun and not sent", 100, "agent", 0, _GIVEN_UP, _DRAFTS_TOLD)
AGENT_DRAFTS_BYTES = Limit(
    "bytes of files of messages that are not sent", 500 * MEGABYTE, "agent", 0, _FILES_REFUSED, _FILES_TOLD
)
VISITOR_DRAFTS = Limit("messages that are begun in the portal and not sent", 5, "visitor", 0, _GIVEN_UP, _DRAFTS_TOLD)
VISITOR_DRAFTS_BYTES = Limit(
    "bytes of files of messages that are not sent in the portal",
    40 * MEGABYTE,
    "visitor",
    0,
    _FILES_REFUSED,
    _FILES_TOLD,
)
VISITOR_UPLOADS = Limit(
    "bytes of files that are uploaded to messages that are not sent, also if they are taken out again",
    200 * MEGABYTE,
    "visitor",
    HOUR,
    _FILES_REFUSED,
    _("You have reached the upload limit for this hour. Send your message without more files, or wait a little."),
)
VISITORS_DRAFTS_BYTES = Limit(
    "bytes of files that visitors have not sent, and of files that were taken out of messages and are not deleted yet",
    1024 * MEGABYTE,
    "helpdesk",
    0,
    _FILES_REFUSED,
    _("No more files can be uploaded at the moment. Send your message without them, or email them to us."),
)
DRAFT_DAYS = Limit("days that a message is kept which nobody goes on with", 90, "message", 0, "It is given up.")
_TOO_LONG = _("The message is too long. Attach the text as a file instead.")
AGENT_CHARACTERS = Limit(
    "characters of HTML of an agent's message",
    500_000,
    "message",
    0,
    _NOT_SENT,
    _TOO_LONG,
)
VISITOR_CHARACTERS = Limit("characters of a visitor's message", 100_000, "message", 0, _NOT_SENT, _TOO_LONG)

LOGO_BYTES = Limit(
    "bytes of the company's logo",
    200 * KILOBYTE,
    "helpdesk",
    0,
    "The form says so.",
    _("The logo may be at most %(most)s."),
)

# -- Tickets ------------------------------------------------------------------------------------------------------
VISITOR_MESSAGES = Limit(
    "messages that are written in the portal",
    30,
    "visitor",
    HOUR,
    _NOT_SENT,
    _("You have written %(most)d messages within an hour. Please send this one a little later."),
)
PARTICIPANTS = Limit(
    "people in copy whom mails bring in",
    20,
    "ticket",
    0,
    "They do not get copies of answers; an agent adds them by a click in the conversation.",
)
FOLLOWERS = Limit(
    "people who get a mail of each message of a topic",
    500,
    "topic",
    0,
    "Whoever writes still takes part, without mails; Follow says so.",
    _("Too many people follow this topic already. You can read it here at any time."),
)
FORUM_CUSTOMERS = Limit(
    "customers that a forum is for by name",
    200,
    "forum",
    0,
    "The queue is not saved.",
    _("A forum can name at most 200 customers. Choose a kind or a partner instead."),
)
POSTS_BY_MAIL = Limit(
    "messages on topics that are sent by mail", 20, "address", HOUR, "Further ones are held for an agent."
)
PEOPLE_OF_A_MAIL = Limit("people in To and Cc who are looked at", 50, "mail", 0, "The others stay in the mail's head.")
AUTHORS_OF_A_MAIL = Limit("further authors in From that are kept", 20, "mail", 0, "The others stay in the mail's head.")
TICKETS_AT_ONCE = Limit(
    "tickets that are changed at once",
    500,  # each is a transaction of its own while somebody waits for the page
    "act",
    0,
    "None is changed.",
    _("More than %(most)d tickets match. Narrow the list first."),
)
ADDRESSES_AT_ONCE = Limit(
    "addresses that are changed at once",
    10_000,  # so many rows are locked and recorded within seconds
    "act",
    0,
    "None is changed.",
    _("You can change at most %(most)d addresses at once. Narrow the filter and work in batches."),
)

# -- Mails in and out -----------------------------------------------------------------------------------------------
MAIL_BYTES = Limit(
    "bytes of a mail that comes in",
    25 * MEGABYTE,
    "mail",
    0,
    "It stays on the server, the mail log says so, and a notice tells the agents of its queue. What a mail server "
    "hands over (`deliver`) is refused.",
    setting="*Largest mail in MB* of a mailbox; `MAX_MESSAGE_BYTES` for `deliver` and *What would happen?*",
)
MAIL_ATTEMPTS = Limit(
    "attempts to process a mail",
    5,
    "mail",
    0,
    "It is in quarantine: the mail log shows why, and a button processes it again.",
)
MAIL_INTERRUPTED = Limit(
    "attempts to process a mail that were broken off, where a mail that kills its worker cannot be told from a restart",
    20,
    "mail",
    0,
    "It is in quarantine, as above.",
)
SENDING_ATTEMPTS = Limit(
    "attempts to send a mail",
    11,
    "mail",
    0,
    "It has failed: the outbox and the ticket say why, and a button tries again.",
)
SENDING_UNCONFIRMED = Limit(
    "attempts after which the other server may have the mail, without saying so",
    3,
    "mail",
    0,
    "It has failed, as above: nobody gets more copies than that.",
)
QUOTED_CHARACTERS = Limit(
    "characters of a message that are repeated in a mail about it",
    20_000,
    "mail",
    0,
    "“[…]” stands there; all of it is on the ticket.",
)

TEST_MAILS = Limit(
    "times that one mails oneself what a queue sends, to try it",
    30,
    "user",
    HOUR,
    "None is sent, and the page says so.",
    _("You have sent yourself %(most)d test emails within an hour. Please wait a little before sending the next one."),
)
CONVERSATION_CHARACTERS = Limit(
    "characters of a conversation that is repeated in a mail",
    200_000,
    "mail",
    0,
    "“[…]” stands for what is earlier; all of it is on the ticket.",
)
FILTERED_CHARACTERS = Limit(
    "characters of a text that a filter of Liquid makes",
    4_000_000,
    "filter",
    0,
    "The text counts as broken: the built-in one takes its place, and administrators are told.",
)

# -- Mails that nobody reads before they leave ----------------------------------------------------------------------
AUTOMATIC_MAILS = Limit(
    "automatic mails to one address",
    10,
    "address",
    HOUR,
    "No further one is written; the ticket says which.",
    setting="*Automatic emails to one address in an hour*",
)
STAFF_NOTICES = Limit(
    "notices about tickets to one person who works here",
    100,
    "address",
    HOUR,
    "Further ones are told in one summary, with links; the ticket says so.",
    setting="ten times the setting above",
)
NOTICE_SUMMARIES = Limit(
    "summaries of further notices", 1, "person who works here", HOUR, "What comes then is in the next one."
)
VERIFICATION_REQUESTS = Limit(
    "requests to confirm an address",
    3,
    "ticket and address",
    0,
    "None is mailed, and the panel of the ticket says why.",
    _("This sender has already been asked %(most)d times; that is enough."),
)
VERIFICATION_PAUSE = Limit(
    "requests to confirm an address after one another",
    1,
    "ticket and address",
    HOUR,
    "None is mailed, and the panel of the ticket says why.",
    _("This sender was asked less than an hour ago."),
)
CLOSING_SUMMARIES = Limit(
    "summaries of a ticket that is done again and again",
    3,  # who answers each by a machine that does not say so reopens it each time
    "ticket",
    DAY,
    "No further one is written.",
)
RULE_MAILS = Limit("mails of rules over time", 3, "ticket", DAY, "No further one is written; the history says so.")
_NOT_CONFIRMED = "No confirmation and no request to confirm is written; the ticket says so."
ANSWERS_TAGGED = Limit(
    "confirmations to one address under all its tags (name+tag@…)", 10, "address without its tag", HOUR, _NOT_CONFIRMED
)
ANSWERS_STRANGERS = Limit(
    "confirmations to senders whom nobody knows, at one organisation that is no public mail provider",
    60,
    "registered domain",
    HOUR,
    _NOT_CONFIRMED,
)

# -- Pages that show mail ------------------------------------------------------------------------------------------
_SHOW_ALL = _("This message is longer.")
MESSAGE_CHARACTERS = Limit(
    "characters of a message in a conversation", 20_000, "message", 0, "The rest is on a page of its own.", _SHOW_ALL
)
PAGE_CHARACTERS = Limit(
    "characters of all messages of a page", 400_000, "page", 0, "Older ones are cut sooner.", _SHOW_ALL
)
MESSAGES_AT_ONCE = Limit(
    "messages of a conversation on the page that shows all",
    1000,
    "page",
    0,
    "Earlier ones are a link away.",
)
EVENTS_AT_ONCE = Limit(
    "events of a history on the page that shows all",
    1000,
    "page",
    0,
    "Earlier ones are a link away.",
)
HTML_CHARACTERS = Limit(
    "characters of HTML that are looked through for pictures", 100_000, "message", 0, "Later ones are not announced."
)

# -- Trials and exports ---------------------------------------------------------------------------------------------
_NEWEST = "The newest are looked at, and the page says of how many."
TRIAL_MAILS = Limit("mails that a deny rule is tried on", 50_000, "trial", 0, _NEWEST)
TRIAL_MAILS_READ = Limit("mails that are read to try a deny rule on their text", 200, "trial", 0, _NEWEST)
TRIAL_TICKETS = Limit("tickets that are matched anew", 500, "trial", 0, _NEWEST)
RULE_TICKETS = Limit(
    "tickets on which a rule over time acts",
    200,
    "rule",
    15 * MINUTE,
    "The others wait for the next run; the list of rules says how many, and administrators are told.",
)
PRINTED_ROWS = Limit("rows of a print view", 5_000, "page", 0, "The first ones are printed, and the page says so.")
XLSX_ROWS = Limit(
    "rows of a workbook that is exported",
    1_048_575,  # what Excel takes for the end of its rows, without the headers
    "file",
    0,
    "The first ones are in it, and the page of the export says so.",
    _("A workbook holds only the first %(most)s of them. The other formats hold them all."),
)
XLSX_TICKETS = Limit(
    "tickets of a workbook that is exported",
    50_000,  # a thousand a second, before the first byte of it is sent
    "file",
    0,
    "The first ones are in it, and the page of the export says so. CSV has all.",
    _("A workbook holds only the first %(most)s of them; CSV holds them all."),
)

# -- Searches and answers to a question ----------------------------------------------------------------------------
NAMED_PEOPLE = Limit(
    "people that a word of a search names", 1_000, "word", 0, "A word that more bear is looked for in tickets alone."
)
SEARCH_TIME = Limit(
    "milliseconds that the database searches tickets",
    1_000,
    "statement",
    0,
    "Only the newest tickets are looked through, and the list says so.",
    _(
        "This search would have to look through too much. Narrow it with a queue, a status, a day "
        "(after:2026-01-31) or another word."
    ),
)
LIST_TIME = Limit(
    "milliseconds that the database looks for what was typed above another list",
    3_000,
    "statement",
    0,
    "Nothing is shown, and the list says so.",
    _("Looking for this takes too long. Type more of the word, or narrow the list."),
)
WHOLE_TIME = Limit(
    "milliseconds that the database looks for all that match, to change or export them",
    20_000,  # below the time after which web servers give up a page
    "statement",
    0,
    "None is changed or exported, and the page says so.",
    _("Finding all that match takes too long. Narrow the list first."),
)
RATING_CHARACTERS = Limit(
    "characters of a comment with a rating", 2_000, "comment", 0, "It is not kept, and the form says so."
)

# -- What is set up for tickets -------------------------------------------------------------------------------------
PRIORITIES = Limit(
    "priorities",
    9,  # as many as an agent can tell apart
    "installation",
    0,
    "No further one is added.",
    _("You can have at most %(most)d priorities."),
)
CATEGORY_LEVELS = Limit(
    "levels of the tree of categories",
    5,
    "installation",
    0,
    "The category is not saved.",
    _("Categories have at most %(most)d levels."),
)
TICKET_PAUSES = Limit(
    "spans for which the clock of a ticket stood",
    100,
    "ticket",
    0,
    "Those with the least time between them become one: that time counts as waiting for the customer.",
)
FIELD_OPTIONS = Limit(
    "choices of a custom field", 200, "field", 0, "The field is not saved.", _("At most %(most)d choices.")
)

# -- Customers and their addresses ---------------------------------------------------------------------------------
AUTHORISED_SENDERS = Limit(
    "authorised senders",
    400,
    "customer",
    0,
    "The list is not saved.",
    _("A list holds at most 400 entries. Enter a domain instead of its many addresses."),
)

_NOT_READ = "The file is refused."
IMPORT_BYTES = Limit(
    "bytes of a file of customers", 10 * MEGABYTE, "file", 0, _NOT_READ, _("The file is larger than 10 MB.")
)
IMPORT_ROWS = Limit(
    "rows of a file of customers",
    20_000,
    "file",
    0,
    _NOT_READ,
    _("The file has more than 20,000 rows. Import it in parts."),
)
IMPORT_COLUMNS = Limit(
    "columns of a file of customers", 100, "file", 0, _NOT_READ, _("The file has more than 100 columns.")
)
IMPORT_UNPACKED = Limit(
    "bytes that a workbook unpacks to",
    64 * MEGABYTE,
    "file",
    0,
    _NOT_READ,
    _("The workbook is too large when unpacked. Save it as CSV, or import it in parts."),
)
IMPORT_ELEMENTS = Limit("elements of XML in a workbook", 1_000_000, "file", 0, _NOT_READ, IMPORT_UNPACKED.told)

# -- Customers sign in to the portal -------------------------------------------------------------------------------
PORTAL_LINK_CLIENT = Limit("requests for a link to the portal", 100, _CLIENT, 10 * MINUTE, "No link is mailed.", _WAIT)
PORTAL_LINKS = Limit(
    "links to the portal that nobody has used", 3, "address", 30 * MINUTE, "None is mailed; whoever gets none has one."
)
PORTAL_PASSWORD = Limit(
    "wrong passwords at the portal in a row",
    8,
    "address",
    15 * MINUTE,
    "No password opens it for so long; a mailed link does.",
    _("The address and password do not match, or there were too many wrong attempts. Use a sign-in link instead."),
)
PORTAL_PASSWORD_CLIENT = Limit(
    "wrong passwords at the portal", 50, _CLIENT, 10 * MINUTE, "None opens it from there.", _WAIT
)
