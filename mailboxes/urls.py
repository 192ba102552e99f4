"""Addresses of the mail log and the outbox, under `mail/`."""

from django.urls import path

from mailboxes.mail_log import attached_views, outbox_views, source_views
from mailboxes.mail_log import views as mail_log
from mailboxes.what_if import views as what_if
from recipients.users.access import administrator_required

app_name = "mailboxes"
urlpatterns = [
    path("log/", administrator_required(mail_log.MailLog.as_view()), name="log"),
    path("log/<int:pk>/", mail_log.log_detail, name="log_detail"),
    path("log/<int:pk>/mail.eml", source_views.log_file, name="log_file"),
    path("log/<int:pk>/replay/", mail_log.replay, name="replay"),
    path("what-if/", what_if.what_if, name="what_if"),
    path("source/<int:comment_id>/", source_views.raw, name="raw"),
    path("source/<int:comment_id>/mail.eml", source_views.raw_file, name="raw_file"),
    path("attached/<int:pk>/", attached_views.attached, name="attached"),
    path("attached/<int:pk>/body/", attached_views.attached_body, name="attached_body"),
    path("attached/<int:pk>/files/<int:place>/", attached_views.attached_file, name="attached_file"),
    path("outbox/", administrator_required(outbox_views.OutboxList.as_view()), name="outbox"),
    path("outbox/retry/", outbox_views.retry_all, name="retry_all"),
    path("outbox/<int:pk>/", outbox_views.outbox_detail, name="outbox_detail"),
    path("outbox/<int:pk>/mail.eml", outbox_views.outbox_file, name="outbox_file"),
    path("outbox/<int:pk>/retry/", outbox_views.retry, name="retry"),
    path("outbox/<int:pk>/cancel/", outbox_views.cancel, name="cancel"),
]
