"""The addresses of the pages of tickets."""

from django.urls import include, path, reverse_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.pages import Link
from recipients.users.access import agent_required
from tickets.customers import ticket_customer_views
from tickets.macros import pages as reply_pages
from tickets.macros import views as macro_views
from tickets.sender import request_views, validity_views
from tickets.ticket_list import bulk_views, export_views, own_view_views, palette_views
from tickets.ticket_list import views as ticket_list
from tickets.ticket_page import composer_views, new_ticket_views, property_views, summary_views, topic_views, views
from tickets.ticket_page.agent_drafts import agent_drafts
from tickets.ticket_page.conversation import forward_views, message_views, split_views
from tickets.waiting import views as snooze_views

app_name = "tickets"

own_replies = agent_required(
    reply_pages.ReplyList.as_view(
        own=True,
        layout="base.html",
        row_url="tickets:own_reply",
        delete_url="tickets:own_reply_delete",
        title=_("Your canned replies"),
        link=Link("tickets:own_reply_add", _("New canned reply"), "plus"),
    )
)
own_reply = agent_required(
    reply_pages.ReplyPage.as_view(
        own=True,
        layout="base.html",
        success_url=reverse_lazy("tickets:own_replies"),
        list_title=_("Your canned replies"),
    )
)
own_reply_delete = agent_required(
    reply_pages.ReplyDeletion.as_view(own=True, success_url=reverse_lazy("tickets:own_replies"))
)

a_ticket = [
    path("", views.detail, name="detail"),
    path("news/", views.news, name="ticket_news"),
    path("history/", views.history, name="history"),
    path("why/", views.why, name="why"),
    path("send/", composer_views.send, name="send"),
    path("draft/", agent_drafts.keep, name="draft"),
    path("draft/files/", agent_drafts.add_files, name="draft_files"),
    path("draft/files/<int:pk>/", agent_drafts.take_out, name="draft_file"),
    path("canned/", macro_views.options, name="canned_options"),
    path("canned/<int:pk>/insert/", macro_views.insert, name="canned_insert"),
    path("macros/<int:pk>/", macro_views.macro, name="macro"),
    path("macros/undo/<uuid:batch>/<int:comment>/", macro_views.undo, name="undo_macro"),
    path("properties/", property_views.properties, name="properties"),
    path("summary/", summary_views.summary, name="summary"),
    path("snooze/", snooze_views.snooze, name="snooze"),
    path("snooze/wake/", snooze_views.wake, name="wake"),
    path("follow/", property_views.follow, name="follow"),
    path("subject/", property_views.subject, name="subject"),
    path("participants/", property_views.participants, name="participants"),
    path("participants/add/", property_views.add, name="add_participants"),
    path("requester/", ticket_customer_views.requester, name="requester"),
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
    path("merge/", property_views.merge, name="merge"),
    path("stand-alone/", property_views.stand_alone, name="stand_alone"),
    path("merge/undo/", property_views.undo_merge_of, name="undo_merge"),
    path("topic/private/", topic_views.private, name="topic_private"),
    path("topic/publish/", topic_views.public, name="topic_publish"),
    path("messages/<int:pk>/hide/", topic_views.hide_message, name="topic_hide"),
    path("messages/<int:pk>/show/", topic_views.show_message, name="topic_show"),
    path("messages/<int:pk>/body/", message_views.body, name="body"),
    path("messages/<int:pk>/text/", message_views.text, name="text"),
    path("messages/<int:pk>/files.zip", message_views.files, name="files"),
    path("messages/<int:pk>/accept/", message_views.accept, name="accept"),
    path("messages/<int:pk>/ticket/", message_views.new_from_held, name="new_from_held"),
    path("messages/<int:pk>/accept-and-pair/", message_views.accept_and_pair, name="accept_and_pair"),
    path("messages/<int:pk>/reject/", message_views.reject, name="reject"),
    path("messages/<int:pk>/forward/", forward_views.forward, name="forward"),
    path("messages/<int:pk>/split/", split_views.split, name="split"),
    path("split/undo/", split_views.undo, name="undo_split"),
    path("messages/<int:pk>/undo/", composer_views.undo, name="undo"),
    path("attachments/<int:pk>/", message_views.attachment, name="attachment"),
]

urlpatterns = [
    path("", ticket_list.ticket_list, name="list"),
    path("new/", new_ticket_views.new, name="new"),
    path("new/draft/", agent_drafts.keep, name="new_draft"),
    path("new/draft/discard/", agent_drafts.discard, name="discard_draft"),
    path("new/draft/files/", agent_drafts.add_files, name="new_draft_files"),
    path("new/draft/files/<int:pk>/", agent_drafts.take_out, name="new_draft_file"),
    path("replies/", own_replies, name="own_replies"),
    path("replies/new/", own_reply, name="own_reply_add"),
    path("replies/<int:pk>/", own_reply, name="own_reply"),
    path("replies/<int:pk>/delete/", own_reply_delete, name="own_reply_delete"),
    path("news/", ticket_list.news, name="news"),
    path("tags/", ticket_list.tags, name="tags"),
    path("operators/", ticket_list.offered_operators, name="operators"),
    path("pictures/<str:cid>/", composer_views.picture, name="picture"),
    path("people/", composer_views.people, name="people"),
    path("palette/", palette_views.palette, name="palette"),
    path("views/new/", own_view_views.keep, name="keep_view"),
    path("views/<slug:slug>/delete/", own_view_views.forget, name="forget_view"),
    path("columns/", ticket_list.columns, name="columns"),
    path("export/", export_views.export, name="export"),
    path("bulk/", bulk_views.bulk, name="bulk"),
    path("merge/", bulk_views.merge, name="merge_selected"),
    path("merge/undo/<uuid:batch>/", bulk_views.undo_merging, name="undo_merging"),
    path("undo/<uuid:batch>/", bulk_views.undo, name="undo_change"),
    path("<int:number>/", include(a_ticket)),
]
