"""The stage on which every test plays: servers, the cast, and files that vanish afterwards."""

import gc
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from django.conf import LazySettings, settings
from django.core.cache import cache
from django.db.models.signals import post_migrate
from django.test import Client, override_settings
from django.utils import translation

from helpdesk.celery import app
from helpdesk.tests.database import template
from helpdesk.wording.brand import Brand
from recipients.models import Customer, CustomerAddress, Partner, Role, User
from recipients.models.branding import KEPT
from tickets.models import Queue, service_level
from tickets.models.setup import canned_reply, category, custom_field, priority, substatus
from tickets.models.setup import queue as queues

pytest_plugins = [
    "helpdesk.tests.servers.fixtures",
    "helpdesk.tests.browser.fixtures",
    "helpdesk.tests.corpus",
    "mailboxes.tests.house",
]

# A busy machine is no bug: what must be quick says so in a test of its own. Each run tries other examples; whoever
# changes what a law is about tries more of them: `--hypothesis-profile=thorough`.
hypothesis.settings.register_profile(
    "house", max_examples=50, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("thorough", hypothesis.settings.get_profile("house"), max_examples=2000)
hypothesis.settings.load_profile("house")

PASSWORD = "correct horse battery"

gc.disable()  # until the tests are collected: nearly all that is made by then stays


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses among the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow ones first, so that none is left alone at the end; and a mark on what one database says for any.

    pytest-django lets no test reach the configured database that does not ask for it by one of these names. Of a test
    with many cases the first asks what the others ask, too (docs/decisions/two-databases.md).
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    seen: set[tuple[Path, str]] = set()
    for item in items:
        asks = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(item.fixturenames)
        test = (item.path, item.nodeid.partition("[")[0])
        again = test in seen and not item.get_closest_marker("each_case_asks_more")
        seen.add(test)
        elsewhere = "house" in item.fixturenames  # which is on a PostgreSQL of its own
        if not asks or again or elsewhere or item.get_closest_marker("browser"):
            item.add_marker("any_database")


def pytest_collection_finish() -> None:
    """What was loaded and the thousands of tests stay to the end: no collection of garbage walks over them again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A copy of the database that the first worker makes; SQLite in a file that nobody needs after a power cut.

    In memory it would have one connection: what a page asks for at once would be in one transaction, and with the test.
    """
    database, shared = settings.DATABASES["default"], template.shared_folder(tmp_path_factory)
    if database["ENGINE"] == "django.db.backends.sqlite3":
        file = tmp_path_factory.mktemp("database") / "helpdesk.sqlite3"
        shutil.copy(template.sqlite_template(shared), file)
        database["TEST"]["NAME"] = str(file)
        database["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    else:
        database["TEST"]["TEMPLATE"] = template.postgresql_template(shared, database)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Django takes the copied file as it is, where it would make an empty one."""
    return django_db_keepdb or settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"


@pytest.fixture(scope="session", autouse=True)
def _quiet_settings() -> Iterator[None]:
    """Cheap passwords, plain static files, and nobody asks name servers of the world."""
    with override_settings(
        STORAGES={
            "default": {"BACKEND": "helpdesk.operations.storage.DurableFileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        SECURE_SSL_REDIRECT=False,
        DKIM_CHECK=False,  # the fixture `name_server` is one of its own
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_permissions() -> None:
    """Nobody asks for those of Django's own (`User.has_perm`), and writing them takes half of the time of a flush."""
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture(scope="session")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names for folders of files. Most tests save none, and a folder for each would cost as much as they do."""
    within = tmp_path_factory.mktemp("files")
    return (within / str(number) for number in count())


@pytest.fixture(autouse=True)
def _quiet_house(settings: LazySettings, _folders: Iterator[Path]) -> None:
    """Files in a folder of the test's own, an empty cache, and English."""
    cache.clear()
    cache.set(KEPT, Brand(), None)  # as in every minute but its first second, whatever the clock of a test says
    cache.set(priority.KEPT.key, priority.built_in(), None)
    cache.set(category.KEPT.key, {}, None)
    cache.set(canned_reply.KEPT.key, False, None)
    cache.set(queues.KEPT.key, False, None)
    cache.set(substatus.KEPT.key, {}, None)
    cache.set(service_level.KEPT.key, (), None)
    cache.set(custom_field.KEPT.key, [], None)
    translation.deactivate()  # the last page that another test asked for may have been in German
    settings.MEDIA_ROOT = next(_folders)


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker that does at once what is queued."""
    app.loader.import_default_modules()  # what is queued by name
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def queue(db: None) -> Queue:
    """The default queue, "Support", with everything at its defaults."""
    return Queue.objects.create(name="Support", is_default=True)


@pytest.fixture
def anna(queue: Queue) -> User:
    """Anna, agent of the default queue, who may see every partner's tickets."""
    user = User.objects.create_user("anna@helpdesk.example", PASSWORD, first_name="Anna", last_name="Berg")
    user.queues.add(queue)
    return user


@pytest.fixture
def ada(db: None) -> User:
    """Ada, administrator."""
    return User.objects.create_user(
        "ada@helpdesk.example", PASSWORD, first_name="Ada", last_name="Root", role=Role.ADMINISTRATOR
    )


@pytest.fixture
def superuser(db: None) -> User:
    """Sue, super administrator."""
    return User.objects.create_superuser("sue@helpdesk.example", PASSWORD, first_name="Sue", last_name="Top")


@pytest.fixture
def acme(db: None) -> Customer:
    """Acme GmbH, a company with the profile Email office@acme.example."""
    company = Customer.objects.create(name="Acme GmbH", is_company=True)
    CustomerAddress.objects.create(customer=company, address="office@acme.example", is_primary=True)
    return company


@pytest.fixture
def carla(acme: Customer) -> Customer:
    """Carla, a person of Acme, with the profile Email carla@acme.example."""
    person = Customer.objects.create(name="Carla Conti", company=acme)
    CustomerAddress.objects.create(customer=person, address="carla@acme.example", is_primary=True)
    return person


@pytest.fixture
def main_partner(db: None) -> Partner:
    return Partner.objects.create(name="Main")


@pytest.fixture
def as_anna(client: Client, anna: User) -> Client:
    """A browser in which Anna has signed in."""
    client.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def as_ada(client: Client, ada: User) -> Client:
    """A browser in which Ada the administrator has signed in."""
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
