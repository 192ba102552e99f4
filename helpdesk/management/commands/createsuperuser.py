"""As Django's; on a system without any queue there is one afterwards, in which the new user works (T02)."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from helpdesk.setup import make_starter_queue


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        make_starter_queue()
