"""Addresses of the pages about tickets, under `portal/`; those about the visitor are in `recipients.portal.urls`."""

from django.urls import path

from tickets.portal import mailed_links, topic_views, views
from tickets.portal.visitor_drafts import topic_drafts
from tickets.portal.visitor_drafts import visitor_drafts as drafts

app_name = "portal"
urlpatterns = [
    path("", views.request_list, name="list"),
    path("tickets/new/", views.new, name="new"),
    path("tickets/new/draft/", drafts.keep, name="new_draft"),
    path("tickets/new/draft/discard/", drafts.discard, name="discard_draft"),
    path("tickets/new/draft/files/", drafts.add_files, name="new_draft_files"),
    path("tickets/new/draft/files/<int:pk>/", drafts.take_out, name="new_draft_file"),
    path("tickets/<int:number>/", views.ticket, name="ticket"),
    path("tickets/<int:number>/reply/", views.reply, name="reply"),
    path("tickets/<int:number>/draft/", drafts.keep, name="draft"),
    path("tickets/<int:number>/draft/files/", drafts.add_files, name="draft_files"),
    path("tickets/<int:number>/draft/files/<int:pk>/", drafts.take_out, name="draft_file"),
    path("tickets/<int:number>/solved/", views.solved, name="solved"),
    path("tickets/<int:number>/wrote/", views.wrote, name="wrote"),
    path("tickets/<int:number>/messages/<int:pk>/text/", views.text, name="text"),
    path("tickets/<int:number>/files/<int:pk>/", views.attachment, name="attachment"),
    path("topics/", topic_views.topic_list, name="topics"),
    path("topics/new/", topic_views.new, name="topic_new"),
    path("topics/new/draft/", topic_drafts.keep, name="topic_new_draft"),
    path("topics/new/draft/discard/", topic_drafts.discard, name="discard_topic_draft"),
    path("topics/new/draft/files/", topic_drafts.add_files, name="topic_new_draft_files"),
    path("topics/new/draft/files/<int:pk>/", topic_drafts.take_out, name="topic_new_draft_file"),
    path("topics/<int:number>/", topic_views.topic, name="topic"),
    path("topics/<int:number>/reply/", topic_views.reply, name="topic_reply"),
    path("topics/<int:number>/draft/", topic_drafts.keep, name="topic_draft"),
    path("topics/<int:number>/draft/files/", topic_drafts.add_files, name="topic_draft_files"),
    path("topics/<int:number>/draft/files/<int:pk>/", topic_drafts.take_out, name="topic_draft_file"),
    path("topics/<int:number>/follow/", topic_views.follow, name="topic_follow"),
    path("topics/<int:number>/messages/<int:pk>/text/", topic_views.text, name="topic_text"),
    path("topics/<int:number>/files/<int:pk>/", topic_views.attachment, name="topic_attachment"),
    path("unfollow/<str:token>/", mailed_links.unfollow, name="unfollow"),
    path("rate/<str:token>/", mailed_links.rate, name="rate"),
    path("verify/<str:token>/", mailed_links.verify, name="verify"),
]
