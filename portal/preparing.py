"""What must stand before web and worker start. Every step may run again and then does nothing."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from wagtail.models import Page
from wagtail.search.models import IndexEntry

from portal import demo_logins, schedules
from portal.accounts.groups import sync_groups
from portal.accounts.models import Department

Say = Callable[[str], None]
STAMP = ".collected"


def make_folders() -> None:
    """Folders below ``var/``; the keys were made when the settings were read."""
    for folder in (settings.VAR_DIR, settings.MEDIA_ROOT, settings.PRIVATE_ROOT, settings.EMAIL_FILE_PATH):
        Path(folder).mkdir(parents=True, exist_ok=True)
    Path(settings.PRIVATE_ROOT).chmod(0o700)


def migrate(say: Say) -> None:
    """Bring the tables up to date."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("正在更新数据库表结构……")
        call_command("migrate", interactive=False, verbosity=0)


def collect_static(say: Say) -> None:
    """Collect static files when one changed since the last time."""
    root = Path(settings.STATIC_ROOT)
    stamp, current = root / STAMP, static_fingerprint()
    if stamp.exists() and stamp.read_text("ascii") == current:
        return
    say("正在收集静态文件……")
    call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
    stamp.write_text(current, "ascii")


def static_fingerprint() -> str:
    """Digest over path, size and time of every static file that would be collected."""
    lines = [str(settings.STORAGES["staticfiles"])]
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = Path(storage.path(path)).stat()
            lines.append(f"{path}:{facts.st_size}:{facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def wants_demo(asked: bool | None) -> bool:
    """Demo mode: asked for, or nobody said and the default database is empty or already a demo city.

    A real city that runs on the default database has departments and no demo mark: it never turns into one.
    """
    if asked is not None:
        return asked
    return settings.DEMO or (settings.DEFAULT_DATABASE and (demo_logins.path().exists() or is_empty()))


def is_empty() -> bool:
    """Whether nobody has set up departments yet."""
    return not Department.objects.exists()


def make_demo_city(say: Say) -> None:
    """Make the demo city once, all or nothing."""
    if is_empty() and "demo" in get_commands():
        say("正在建立演示城市（仅首次，约一分钟）……")
        with quiet():
            call_command("demo")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the thousand notes of a first build out of the terminal; warnings still show."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)


def build_search(say: Say) -> None:
    """Build the search index when there are pages and no index yet."""
    if not IndexEntry.objects.exists() and Page.objects.filter(depth__gt=1).exists():
        say("正在建立全文检索索引……")
        call_command("update_index", verbosity=0)


def sync_people() -> None:
    """Make the groups of the editors' desk say what the roles say; nobody stays a superuser (R-52)."""
    sync_groups(today=timezone.localdate())


def sync_schedules() -> None:
    """Make the queue's schedules equal the table."""
    schedules.sync(timezone.now())
