"""Which address leads where?"""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from helpdesk import views
from helpdesk.operations.health import healthz, readyz
from helpdesk.operations.metrics import metrics
from helpdesk.styleguide import styleguide
from recipients.portal.branding import logo
from recipients.users.profile import profile

# One door: whoever may sign in does it where tries are limited and a second factor is asked for.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as its documentation says

handler400 = "helpdesk.operations.error_pages.bad_request"
handler500 = "helpdesk.operations.error_pages.server_error"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="tickets:list"), name="home"),
    # Administrators change addresses: allauth's own page would not ask whether it is a mailbox's or a customer's.
    path("accounts/email/", RedirectView.as_view(pattern_name="profile")),
    path("accounts/", include("allauth.urls")),
    path("tickets/", include("tickets.urls")),
    path("recipients/", include("recipients.urls")),
    path("recipients/", include("tickets.urls_pairing")),
    path("customers/", include("tickets.urls_customers")),
    path("portal/", include("tickets.portal.urls")),
    path("portal/", include("recipients.portal.urls")),
    path("logo/<str:version>/", logo, name="logo"),
    path("mail/", include("mailboxes.urls")),
    path("settings/", include("helpdesk.urls_settings")),
    path("setup/", views.setup, name="setup"),
    path("profile/", profile, name="profile"),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/mail/", include("helpdesk.demo.urls")))
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
