"""Every setting of the helpdesk, each from the environment (or a file named `.env`) with a default that is safe."""

import base64
import hashlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.files import locks
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from helpdesk import limits
from helpdesk.operations import logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
#: True in `manage.py demo` alone: opens the demo mail client, which shows every customer's mail.
DEMO = env.bool("DEMO", default=False)
if not DEMO:
    environ.Env.read_env(BASE_DIR / ".env")

# -- Where things lie ----------------------------------------------------------------------------------------------
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(0o750, parents=True, exist_ok=True)

# -- Mode and secrets ----------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)


def _secret_key() -> str:
    """`SECRET_KEY`, or a random one that is made once and kept in the data directory."""
    if given := str(env.str("SECRET_KEY", default="")):
        return given
    with open(os.open(DATA_DIR / "secret_key", os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        locks.lock(file, locks.LOCK_EX)  # the web server and the workers may start for the first time at once
        if not (key := file.read().strip()):
            key = secrets.token_urlsafe(50)
            file.write(key)
    return key


def _derived(purpose: str, key: str) -> str:
    return hashlib.sha256(f"{purpose}:{key}".encode()).hexdigest()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
#: Sign Message-IDs and reply addresses. First signs, all are accepted. Keep old ones: mails are answered after years.
REFERENCE_KEYS = env.list("REFERENCE_KEYS", default=[]) or [
    _derived("reference", key) for key in (SECRET_KEY, *SECRET_KEY_FALLBACKS)
]
#: Encrypt mail passwords. First encrypts, all decrypt.
MAIL_SECRET_KEYS = env.list("MAIL_SECRET_KEYS", default=[]) or [
    base64.urlsafe_b64encode(bytes.fromhex(_derived("mail", key))).decode()
    for key in (SECRET_KEY, *SECRET_KEY_FALLBACKS)
]

# -- Web -----------------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
#: Where people reach the helpdesk: links in mails begin with it.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=14 * 24 * 3600)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=HTTPS)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=HTTPS)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # a mail is shown in a frame of our own page, without scripts
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
#: Proxies of ours that a request passes one after the other (helpdesk/operations/proxy.py).
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if BEHIND_PROXY else 0)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = limits.FORM_BYTES.amount
DATA_UPLOAD_MAX_NUMBER_FIELDS = limits.FORM_FIELDS.amount
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# -- Apps ----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "mailboxes",
    "tickets",
    "recipients",
    "helpdesk.apps.HelpdeskConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "django_prose_editor",
    "django_prometheus",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "helpdesk.operations.proxy.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "helpdesk.operations.middleware.CompressedPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "helpdesk.operations.middleware.PrivatePagesMiddleware",
    "helpdesk.operations.middleware.SignedOutMiddleware",
    "helpdesk.operations.middleware.UserPreferencesMiddleware",
    "helpdesk.operations.middleware.PortalLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "helpdesk.operations.middleware.CollisionMiddleware",
    "helpdesk.operations.middleware.NothingToOpenMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"
_PAGE_LOADERS = ["helpdesk.rendering.loaders.FileLoader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", _PAGE_LOADERS)],
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "helpdesk.context.page",
            ],
        },
    }
]
FORM_RENDERER = "helpdesk.rendering.forms.Renderer"
DJANGO_TABLES2_TEMPLATE = "django_tables2/helpdesk.html"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Database ------------------------------------------------------------------------------------------------------
_DATABASE: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'helpdesk.sqlite3'}")
_OPTIONS = _DATABASE.setdefault("OPTIONS", {})  # those behind the `?` of the URL, such as sslmode
if _DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    _OPTIONS |= {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    _OPTIONS |= {"server_side_binding": True}  # what plans of statements can be kept with
    _DATABASE |= {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
DATABASES = {"default": _DATABASE}

# -- Files: raw mails and attachments ------------------------------------------------------------------------------
MEDIA_ROOT = DATA_DIR / "files"
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
_FILES: dict[str, Any] = {
    "BACKEND": "helpdesk.operations.storage.DurableFileSystemStorage",
    "OPTIONS": {"location": MEDIA_ROOT},
}
if env.str("S3_BUCKET", default=""):
    _FILES = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("S3_BUCKET"),
            "endpoint_url": env.str("S3_ENDPOINT_URL", default=None),
            "access_key": env.str("S3_ACCESS_KEY", default=None),
            "secret_key": env.str("S3_SECRET_KEY", default=None),
            "region_name": env.str("S3_REGION", default=None),
            "default_acl": "private",
            "querystring_auth": True,
        },
    }
STORAGES = {
    "default": _FILES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = env.bool("STATIC_FROM_SOURCE", default=DEBUG)
if WHITENOISE_USE_FINDERS:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# -- People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "recipients.User"
AUTHENTICATION_BACKENDS = [
    "recipients.users.sign_in.LimitedBackend",
    "allauth.account.auth_backends.AuthenticationBackend",  # of sessions alone; for passwords the first one answers
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "tickets:list"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "recipients.users.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
#: A forgotten password is asked for at the sign-in page; who has no account gets no mail about that.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {"reset_password": "recipients.users.forms.ForgottenPasswordForm"}
#: What the sign-in library counts itself. Wrong passwords are counted by the first backend.
ACCOUNT_RATE_LIMITS = {
    "login": limits.PASSWORD_PAGES.for_allauth("ip"),
    "login_failed": limits.SECOND_FACTOR.for_allauth("key"),
    "reauthenticate": limits.PASSWORD_CONFIRMED.for_allauth("user"),
    "change_password": limits.PASSWORD_CHANGED.for_allauth("user"),
    "reset_password": limits.PASSWORD_LINK_CLIENT.for_allauth("ip"),
    "reset_password_from_key": limits.PASSWORD_LINK_CLIENT.for_allauth("ip"),
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
#: A code may be one half minute old or early: clocks differ, and people type at the end of it.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Helpdesk"
# Administrators make the accounts and know the addresses: nothing waits for a confirmation by mail.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# -- Mail ----------------------------------------------------------------------------------------------------------
#: Domains that a mail server of one's own hands over whole: any local part of them is an address of ours.
HOSTED_DOMAINS = [each.strip().lower() for each in env.list("HOSTED_DOMAINS", default=[]) if each.strip()]
#: The largest mail that a mail server may hand over with `manage.py deliver`; fetched mailboxes have their own limit.
MAX_MESSAGE_BYTES = env.int("MAX_MESSAGE_BYTES", default=limits.MAIL_BYTES.amount)
#: Check DKIM signatures ourselves where no mail server that we trust has done so (docs/operations.md).
DKIM_CHECK = env.bool("DKIM_CHECK", default=True)
#: The name servers to ask for their keys, as address or address:port; empty: those of the system.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
#: The program of a mailbox that sends by the mail program of this machine (docs/operations.md).
SENDMAIL_PATH = env.str("SENDMAIL_PATH", default="/usr/sbin/sendmail")
#: One-time links alone go this way; everything about tickets leaves through the outbox.
EMAIL_BACKEND = "mailboxes.sending.mail_backend.MailboxBackend"
#: By what, and in whose name, mail leaves while no mailbox can send it (docs/operations.md); "" for nothing.
_OUTGOING = env.email_url_config(env.str("EMAIL_URL", default="") or "smtp://")
EMAIL_HOST = _OUTGOING["EMAIL_HOST"] or ""
EMAIL_HOST_USER = _OUTGOING["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _OUTGOING["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _OUTGOING.get("EMAIL_USE_TLS", False)  # STARTTLS, as Django calls it
EMAIL_USE_SSL = _OUTGOING.get("EMAIL_USE_SSL", False)
EMAIL_PORT = _OUTGOING["EMAIL_PORT"] or (587 if EMAIL_USE_TLS else 465 if EMAIL_USE_SSL else 25)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="") or f"helpdesk@{urlsplit(SITE_URL).hostname}"

# -- Languages and time --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("it", _("Italian")), ("pl", _("Polish")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "helpdesk.rendering.formats"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = USE_TZ = True

# -- Tasks ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="memory://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
#: A worker takes all unless `-Q` says which. A server that hangs holds up who waits for it: fetching, processing and
#: sending have a worker each (docs/decisions/queues.md).
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in ("fetching", "processing", "sending", "portal")]
CELERY_TASK_DEFAULT_QUEUE = "processing"
#: Anybody can ask for links to the portal: however many they ask for, answers do not wait behind them.
CELERY_TASK_ROUTES = {
    "mailboxes.tasks.fetch_*": {"queue": "fetching"},
    "mailboxes.tasks.send_*": {"queue": "sending"},
    "recipients.tasks.send_sign_in_link": {"queue": "portal"},
    "recipients.tasks.send_password_link": {"queue": "portal"},
}
CELERY_TIMEZONE = TIME_ZONE
#: Seconds between two looks at what is due. Due times themselves are in the database.
BEAT_SECONDS = env.float("BEAT_SECONDS", default=5.0)
#: Seconds after which the work of a worker that went silent (power cut, kill -9) is taken over by another one.
WORK_LEASE_SECONDS = env.int("WORK_LEASE_SECONDS", default=120)
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "fetch mailboxes that are due": {"task": "mailboxes.tasks.fetch_due", "schedule": BEAT_SECONDS},
    "process mails that wait": {"task": "mailboxes.tasks.process_due", "schedule": BEAT_SECONDS},
    "send mails that are due": {"task": "mailboxes.tasks.send_due", "schedule": BEAT_SECONDS},
    "tell of changed authorised senders": {"task": "tickets.tasks.tell_of_changed_senders", "schedule": BEAT_SECONDS},
    "forget old links to sign in, and sessions": {"task": "recipients.tasks.forget_sign_ins", "schedule": 6 * 3600.0},
    "forget old links to verify": {"task": "tickets.tasks.forget_verification_requests", "schedule": 6 * 3600.0},
    "summarise notices that were too many": {"task": "tickets.tasks.summarise_notices", "schedule": 60.0},
    "assign tickets": {"task": "tickets.tasks.assign_tickets", "schedule": 60.0},
    "send summaries": {"task": "tickets.tasks.send_summaries", "schedule": 600.0},
    "ask for ratings": {"task": "tickets.tasks.ask_for_ratings", "schedule": 600.0},
    "wake snoozed tickets": {"task": "tickets.tasks.wake_tickets", "schedule": 60.0},
    "close what waits for too long": {"task": "tickets.tasks.close_waiting", "schedule": 600.0},
    "tell what is due": {"task": "tickets.tasks.tell_what_is_due", "schedule": 60.0},
    "recheck due times": {"task": "tickets.tasks.recheck_due_times", "schedule": 3600.0},
    "follow the rules over time": {"task": "tickets.tasks.follow_rules", "schedule": 900.0},
    "tidy up drafts": {"task": "tickets.tasks.tidy_drafts", "schedule": 600.0},
    "check the domains that we send for": {"task": "mailboxes.tasks.check_sending_domains", "schedule": 12 * 3600.0},
    "watch over mailboxes and beat": {"task": "mailboxes.tasks.watch", "schedule": 15.0},
}

# -- Cache and metrics ---------------------------------------------------------------------------------------------
REDIS_CACHE_URL = env.str("REDIS_CACHE_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_CACHE_URL}
    if REDIS_CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
#: Opens /metrics to whoever sends it as bearer token; without it only this computer may read them.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# -- Logs ----------------------------------------------------------------------------------------------------------
LOGGING = logs.to_console(env.str("LOG_LEVEL", default="INFO"), json=env.bool("LOG_JSON", default=not DEBUG))

if DEMO and HTTPS:
    raise ImproperlyConfigured(
        "DEMO opens every customer's mail to every visitor; it cannot be used with an https SITE_URL."
    )
