"""The app of what belongs to no room: its templates' tags, its commands, and the checks of an installation."""

from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "helpdesk"

    def ready(self) -> None:
        from helpdesk.operations import checks  # noqa: F401  # registers them
