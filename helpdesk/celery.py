"""How do tasks reach a worker? On `memory://` the worker is a thread of this process; on Redis any number of them."""

import gc
import os

from celery import Celery
from celery.signals import worker_init
from django.urls import get_resolver

from recipients.addressing.normalise import read_suffixes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def prepare(**_signal: object) -> None:
    """Load what the first mail needs before worker processes part from this one: suffixes, and for a link every page.

    It stands in memory once, then, as no collection of garbage touches what they share. A batch of mails makes some
    hundred thousand objects and few circles: garbage is looked for after each five thousand, not seven hundred.
    """
    get_resolver().reverse_dict  # noqa: B018  # reading it loads the pages
    read_suffixes()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 20)
