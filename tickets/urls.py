"""Which address leads to which page of the tickets?"""

from django.urls import include, path

from tickets.customers import ticket_customer_views
from tickets.sender import request_views, validity_views
from tickets.views import bulk, changes, composer, drafts, list, messages, new, ticket

app_name = "tickets"

a_ticket = [
    path("", ticket.detail, name="detail"),
    path("news/", ticket.news, name="ticket_news"),
    path("history/", ticket.history, name="history"),
    path("send/", composer.send, name="send"),
    path("draft/", drafts.keep, name="draft"),
    path("draft/files/", drafts.add_files, name="draft_files"),
    path("draft/files/<int:pk>/", drafts.take_out, name="draft_file"),
    path("properties/", changes.properties, name="properties"),
    path("subject/", changes.subject, name="subject"),
    path("participants/", changes.participants, name="participants"),
    path("customer/", ticket_customer_views.customer, name="customer"),
    path("customer/<int:pk>/", ticket_customer_views.change_pair, name="change_pair"),
    path("pair/", ticket_customer_views.pair_requester, name="pair_requester"),
    path("ban/", ticket_customer_views.ban_requester, name="ban_requester"),
    path("sender/accept/", validity_views.accept, name="accept_sender"),
    path("sender/reject/", validity_views.reject, name="reject_sender"),
    path("sender/ask/", request_views.ask_to_verify, name="ask_to_verify"),
    path("primary/", request_views.ask_for_primary, name="ask_for_primary"),
    path("primary/withdraw/", request_views.withdraw_primary, name="withdraw_primary"),
    path("primary/accept/<int:comment>/", request_views.accept_primary, name="accept_primary"),
    path("merge/", changes.merge, name="merge"),
    path("messages/<int:pk>/body/", messages.body, name="body"),
    path("messages/<int:pk>/accept/", messages.accept, name="accept"),
    path("messages/<int:pk>/accept-and-pair/", messages.accept_and_pair, name="accept_and_pair"),
    path("messages/<int:pk>/reject/", messages.reject, name="reject"),
    path("messages/<int:pk>/undo/", composer.undo, name="undo"),
    path("attachments/<int:pk>/", messages.attachment, name="attachment"),
]

urlpatterns = [
    path("", list.ticket_list, name="list"),
    path("new/", new.new, name="new"),
    path("new/draft/", drafts.keep, name="new_draft"),
    path("new/draft/discard/", drafts.discard, name="discard_draft"),
    path("new/draft/files/", drafts.add_files, name="new_draft_files"),
    path("new/draft/files/<int:pk>/", drafts.take_out, name="new_draft_file"),
    path("news/", list.news, name="news"),
    path("columns/", list.columns, name="columns"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("<int:number>/", include(a_ticket)),
]
