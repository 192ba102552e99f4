"""In which environment does the demo run? In one of its own, which no real installation is reached from."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DEFAULT_PORT = 8000


def enter(arguments: Sequence[str]) -> None:
    """Prepare the environment before Django reads it; `arguments` are those after `manage.py demo`.

    Whatever the environment says of a database, broker, bucket, mail server or keys is replaced (and `.env` is not
    read): a demo started beside a real installation must not touch it, nor mail anybody. `DEMO_DIR` moves the demo's
    own files out of `var/demo`.
    """
    options, _ = add_options(argparse.ArgumentParser(add_help=False, allow_abbrev=False)).parse_known_args(arguments)
    directory = Path(os.environ.get("DEMO_DIR", "") or BASE_DIR / "var" / "demo").resolve()
    os.environ.update(
        DEMO="1",
        DEBUG="0",
        DATA_DIR=str(directory),
        DATABASE_URL=f"sqlite:///{directory / 'helpdesk.sqlite3'}",
        CELERY_BROKER_URL="memory://localhost/",
        REDIS_CACHE_URL="",
        S3_BUCKET="",
        EMAIL_URL="",
        HOSTED_DOMAINS="",
        SECRET_KEY="",
        SECRET_KEY_FALLBACKS="",
        REFERENCE_KEYS="",
        MAIL_SECRET_KEYS="",
        SITE_URL=f"http://localhost:{options.port}",
        ALLOWED_HOSTS="localhost,127.0.0.1,[::1]",
        CSRF_TRUSTED_ORIGINS=f"http://localhost:{options.port}",
        BEHIND_PROXY="0",
        TRUSTED_PROXIES="0",
        SECURE_SSL_REDIRECT="0",
        SECURE_HSTS_SECONDS="0",
        STATIC_FROM_SOURCE="1",
        BEAT_SECONDS="1",
        LOG_JSON="0",
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "WARNING"),
    )


def add_options(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options of the command, which are read twice: before Django starts, and by Django."""
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="the port of the web server (default: 8000)")
    parser.add_argument("--reset", action="store_true", help="forget everything of earlier runs first")
    parser.add_argument("--no-sample", action="store_true", help="start empty, with the administrator alone")
    return parser
