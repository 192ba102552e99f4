"""A helpdesk of its own in a process: a line of its input is fetched and sent by, and answered with what has left."""

import sys

import django


def main(user: str, imap_port: str, smtp_port: str, admin: str) -> None:
    django.setup()

    from django.core.management import call_command

    from mailboxes.models import Mailbox, save_with_address
    from mailboxes.tasks import send_due
    from tickets.models import Outbox, Queue, Ticket, TicketSettings

    queue = Queue.objects.create(name="Support", is_default=True)
    mailbox = Mailbox(name=user, imap_host="127.0.0.1", imap_port=int(imap_port), imap_security="plain")
    mailbox.imap_username, mailbox.imap_password = user, "sesame"
    mailbox.smtp_host, mailbox.smtp_port, mailbox.smtp_security = "127.0.0.1", int(smtp_port), "plain"
    save_with_address(mailbox, f"support@{user}.example", queue)
    TicketSettings(pk=1, admin_email=admin).save()
    for _line in sys.stdin:
        call_command("fetch", stdout=sys.stderr)
        Outbox.objects.filter(state=Outbox.State.WAITING).update(next_attempt_at="2000-01-01T00:00Z")
        send_due()
        print(  # noqa: T201 - its answer
            Outbox.objects.filter(state=Outbox.State.SENT).count(), Ticket.objects.count(), flush=True
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
