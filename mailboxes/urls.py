"""Addresses of the mail log and the outbox, under `mail/`."""

from django.urls import path

from mailboxes.views import log, outbox, source, what_if

app_name = "mailboxes"
urlpatterns = [
    path("log/", log.log, name="log"),
    path("log/<int:pk>/", log.log_detail, name="log_detail"),
    path("log/<int:pk>/mail.eml", source.log_file, name="log_file"),
    path("log/<int:pk>/replay/", log.replay, name="replay"),
    path("what-if/", what_if.what_if, name="what_if"),
    path("source/<int:comment_id>/", source.raw, name="raw"),
    path("source/<int:comment_id>/mail.eml", source.raw_file, name="raw_file"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<int:pk>/", outbox.outbox_detail, name="outbox_detail"),
    path("outbox/<int:pk>/mail.eml", outbox.outbox_file, name="outbox_file"),
    path("outbox/<int:pk>/retry/", outbox.retry, name="retry"),
    path("outbox/<int:pk>/cancel/", outbox.cancel, name="cancel"),
]
