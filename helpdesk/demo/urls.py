"""The demo's mail program, under /demo/mail/; included by `helpdesk.urls` in the demo alone."""

from django.urls import path

from helpdesk.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.mailbox, name="start"),
    path("<str:address>/", views.mailbox, name="mailbox"),
    path("<str:address>/write/", views.write, name="write"),
    path("<str:address>/<int:index>/reply/", views.write, name="reply"),
    path("<str:address>/<int:index>/html/", views.html, name="html"),
    path("<str:address>/<int:index>/files/<int:position>/", views.file, name="file"),
]
