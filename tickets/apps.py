from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        from recipients.addresses import row_facts
        from recipients.users import visibility
        from tickets.conversation.unassigning import follow_customers
        from tickets.customers.recipient_facts import ticket_counts, unpaired

        row_facts.register("tickets", ticket_counts)
        row_facts.register("unpaired", unpaired)
        visibility.register(follow_customers)
