"""A real server for IMAP, POP3 and submission: Dovecot with maildirs, STARTTLS, TLS, and one password for any user."""

import base64
import grp
import pwd
import shutil
from pathlib import Path

from imapclient import IMAPClient

from helpdesk.tests.servers.authorisation_server import KEY
from helpdesk.tests.servers.certificates import write_certificate
from helpdesk.tests.servers.processes import HOST, Server, accepts, free_port, ordinary_user
from mailboxes.connections.account import Account, Security

PASSWORD = "sesame"


class Dovecot(Server):
    package = "dovecot-imapd dovecot-pop3d dovecot-submissiond"

    @classmethod
    def missing(cls) -> str:
        if not _program():
            return "Dovecot is not installed (package dovecot-imapd)."
        if not Path("/usr/lib/dovecot/imap").exists():
            return "Dovecot has no IMAP (package dovecot-imapd)."
        if not Path("/usr/lib/dovecot/pop3").exists():
            return "Dovecot has no POP3 (package dovecot-pop3d)."
        if not Path("/usr/lib/dovecot/submission").exists():
            return "Dovecot has no SMTP (package dovecot-submissiond)."
        return ""

    def start(self) -> None:
        self.port, self.tls_port, self.pop3_port = free_port(), free_port(), free_port()
        self.smtp_port, self.relay_port = free_port(), free_port()  # it hands mail on to who listens at the latter
        self.certificate = self.folder / "certificate.pem"
        write_certificate(self.certificate, self.folder / "key.pem")
        (self.folder / "dovecot.conf").write_text(self._configuration())
        (self.folder / "oauth2.conf").write_text(OAUTH2.format(folder=self.folder))
        keys = self.folder / "keys" / "default" / "HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_text(base64.b64encode(KEY).decode())
        for folder in (keys.parent.parent, keys.parent, keys, keys / "default"):
            self.hand_over(folder)
        for file in self.folder.iterdir():
            self.hand_over(file)
        self.launch([_program(), "-F", "-c", self.folder / "dovecot.conf"])
        self.wait_until(lambda: accepts(self.port) and accepts(self.tls_port))

    def imap_account(
        self, user: str = "support", security: Security = Security.PLAIN, timeout: float = 60.0
    ) -> Account:
        """Any user name works and has a mailbox of its own."""
        port = self.tls_port if security is Security.TLS else self.port
        return Account(HOST, port, security, user, PASSWORD, timeout, authorities=Path(self.certificate).read_text())

    def deliver(self, user: str, *messages: bytes, folder: str = "INBOX") -> None:
        """Put messages into a folder; line ends become CRLF, as IMAP wants them."""
        if messages:
            whole = [message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for message in messages]
            with self.client(user) as client:
                answer, reason = client.multiappend(folder, whole)
            assert answer == "OK", reason

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Everything in a folder, oldest first."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            return [fetched[b"BODY[]"] for fetched in client.fetch(client.search(), ["BODY.PEEK[]"]).values()]

    def create_folder(self, user: str, folder: str) -> None:
        with self.client(user) as client:
            client.create_folder(folder)

    def delete_folder(self, user: str, folder: str) -> None:
        with self.client(user) as client:
            client.delete_folder(folder)

    def client(self, user: str) -> IMAPClient:
        """Another mail program of the same user, for everything else."""
        client = IMAPClient(HOST, self.port, ssl=False, timeout=60)
        client.login(user, PASSWORD)
        return client

    def renumber(self, user: str, folder: str = "INBOX") -> None:
        """Lose the UIDs of a folder, as a restored backup or a moved server does: UIDVALIDITY changes."""
        mailbox = self.folder / "mail" / user / ("" if folder == "INBOX" else f".{folder}")
        for index in mailbox.glob("dovecot[-.]*"):
            index.unlink()
        (mailbox / "dovecot-uidlist").write_text("3 V1 N1000\n")
        self.hand_over(mailbox / "dovecot-uidlist")

    def _configuration(self) -> str:
        uid, gid = ordinary_user()
        return CONFIGURATION.format(
            folder=self.folder,
            port=self.port,
            tls_port=self.tls_port,
            pop3_port=self.pop3_port,
            smtp_port=self.smtp_port,
            relay_port=self.relay_port,
            password=PASSWORD,
            user=pwd.getpwuid(uid).pw_name,
            group=grp.getgrgid(gid).gr_name,
            uid=uid,
            gid=gid,
        )


def _program() -> str:
    return shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin") or ""


#: Tokens are checked by their signature and time; the claim `mailbox` says whose mail they open.
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = mailbox
"""
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap pop3 submission
submission_relay_host = 127.0.0.1
submission_relay_port = {relay_port}
submission_backend_capabilities = 8bitmime size
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
auth_username_chars =
mail_max_userip_connections = 1000
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3_port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {smtp_port}
  }}
  inet_listener submissions {{
    port = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""
