"""``manage.py up``: prepare, then run the whole product in the foreground."""

import os
import socket
import sys
import threading
import time
import urllib.request
from argparse import ArgumentParser, BooleanOptionalAction
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone
from django_q.tasks import async_task

from casework.core.background import LONG
from portal import demo_logins, heartbeat, preparing
from portal.accounts import first_people
from portal.processes import Child, Keeper, Watched
from portal.receivers import Receivers

LATER_SECONDS = 8.0  # the cluster of long work starts when the others have had the machine for a moment
ANSWER_SECONDS = 120  # how long the web server may take to answer for the first time


class Command(BaseCommand):
    help = "准备并启动平台：数据库、静态文件、演示城市（首次）、网页服务和后台任务。按 Ctrl-C 停止。"
    requires_system_checks: list[str] = []  # noqa: RUF012  (the port is looked at first, then they run)

    nobody = False  # no administrator has an account yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = os.environ.get("PORT") or "8000"
        host = os.environ.get("BIND_HOST") or "127.0.0.1"
        parser.add_argument(
            "--port", type=int, default=int(port), help="端口，默认 8000，也可用环境变量 PORT"
        )
        parser.add_argument("--host", default=host, help="监听地址，默认 127.0.0.1")
        parser.add_argument("--demo", action=BooleanOptionalAction, default=None, help="是否使用演示城市")
        parser.add_argument("--no-worker", action="store_true", help="不启动后台任务（另行启动时使用）")

    def handle(self, *args: Any, **options: Any) -> None:
        self.host, self.port = options["host"], options["port"]
        self.refuse_busy(self.host, self.port, "PORT")
        try:
            self.prepare(demo=options["demo"])
        except KeyboardInterrupt:
            self.say("已取消启动。")
            sys.exit(130)
        receivers = self.make_receivers() if settings.DEMO else None
        try:
            code = self.run(worker=not options["no_worker"])
        finally:
            if receivers is not None:
                receivers.stop()
        self.say("平台已停止。")
        if code:
            sys.exit(code)

    def prepare(self, *, demo: bool | None) -> None:
        """Everything that stands before the processes start; safe to interrupt and to repeat."""
        self.check()
        preparing.make_folders()
        preparing.migrate(self.say)
        self.check(databases=["default"], tags=["database"])
        settings.DEMO = preparing.wants_demo(demo)
        if settings.DEMO:
            self.refuse_busy("127.0.0.1", settings.DEMO_SMTP_PORT, "DEMO_SMTP_PORT")
            self.refuse_busy("127.0.0.1", settings.DEMO_HTTP_PORT, "DEMO_HTTP_PORT")
        preparing.collect_static(self.say)
        if settings.DEMO:
            preparing.make_demo_city(self.say)
        preparing.sync_people()
        preparing.build_search(self.say)
        preparing.sync_schedules()
        self.nobody = first_people.missing()
        connection.close()

    def refuse_busy(self, host: str, port: int, variable: str) -> None:
        """Say in Chinese that a port is taken, before anything else is done."""
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandError(
                    f"端口 {port} 已被占用或无法使用（{host}:{port}）。"
                    f"请先停止占用它的程序，或换一个端口，例如：{variable}={port + 10} make run"
                ) from error

    def make_receivers(self) -> Receivers:
        """The loopback receivers of demo mode, listening."""
        made = Receivers(
            settings.VAR_DIR, smtp_port=settings.DEMO_SMTP_PORT, http_port=settings.DEMO_HTTP_PORT
        )
        made.start()
        return made

    def run(self, *, worker: bool) -> int:
        environment = self.environment()
        web = Child("网页", self.web_command(), environment, self.say, ends_as_group=True)
        keeper = Keeper(web, self.background(environment) if worker else [], say=self.say)
        os.chdir(settings.BASE_DIR)
        threading.Thread(target=self.announce, daemon=True).start()
        return keeper.run()

    def background(self, environment: dict[str, str]) -> list[Watched]:
        """The two clusters: one for pushes and sweeps, one for long work."""
        command = [sys.executable, "manage.py", "qcluster"]
        pushes = Child("后台", command, environment, self.say)
        # The queue reads the name from the environment; in the command it is for whoever looks at the processes.
        long = Child("长任务", [*command, "--name", LONG], {**environment, "Q_CLUSTER_NAME": LONG}, self.say)
        self._rung: dict[str, float] = {}
        return [
            Watched(pushes, "后台任务", lambda seconds: self.is_hung(heartbeat.PUSHES, seconds)),
            Watched(
                long, "长任务", lambda seconds: self.is_hung(heartbeat.LONG_WORK, seconds), LATER_SECONDS
            ),
        ]

    def web_command(self) -> list[str]:
        bind = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        return [
            *(sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", bind),
            *("--workers", "2", "--threads", "4", "--worker-class", "gthread", "--preload"),
            *("--timeout", "60", "--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning"),
        ]

    def environment(self) -> dict[str, str]:
        """What both programs are told; what the operator set stays."""
        told = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONUNBUFFERED": "1"}
        own = {"PUBLIC_URL": f"http://127.0.0.1:{self.port}"}
        if settings.DEMO:
            told["DEMO"] = "1"
            own["EMAIL_URL"] = f"smtp://127.0.0.1:{settings.DEMO_SMTP_PORT}"
            own["PUSH_ALLOWED_ENDPOINTS"] = f"127.0.0.1:{settings.DEMO_HTTP_PORT}"
        return {**own, **os.environ, **told}

    def is_hung(self, cluster: heartbeat.Cluster, running: float) -> bool:
        """Whether a cluster's canary is stale although it has had time to stamp it.

        The scheduler stamps each minute. At the start, and where a shorter interval is set, the doorbell
        is rung from here. When the database does not answer, nothing can be said.
        """
        try:
            self._ring(cluster)
            stale = heartbeat.is_stale(heartbeat.last_beat(cluster.name), timezone.now(), cluster.patience)
            return stale and running > cluster.patience
        except DatabaseError:
            return False
        finally:
            connection.close()

    def _ring(self, cluster: heartbeat.Cluster) -> None:
        """Put the canary's task into the queue when it is due from here."""
        rung = self._rung.get(cluster.name, 0.0)
        due = time.monotonic() - rung >= settings.CANARY_INTERVAL_SECONDS
        if not rung or (due and settings.CANARY_INTERVAL_SECONDS < 60):
            self._rung[cluster.name] = time.monotonic()
            # A cluster that hangs inside a transaction locks SQLite for every writer: its silence must still count.
            with suppress(DatabaseError):
                async_task(cluster.canary, cluster=cluster.queue)

    def announce(self) -> None:
        """Print address and demo logins once the web server answers."""
        address = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310
                break
            time.sleep(0.2)
        self.say(f"平台已启动：{settings.PUBLIC_URL if 'PUBLIC_URL' in os.environ else address}/")
        self.say("工作台 /desk/ · 网站编辑 /cms/ · 按 Ctrl-C 停止")
        if self.nobody:
            self.say(first_people.HOW)
        for login in demo_logins.read():
            self.say(f"  演示账号 {login.username} / {login.password}  {login.label}")

    def say(self, text: str) -> None:
        """One line at once; a reader who went away does not stop the platform."""
        with suppress(OSError, ValueError):
            self.stdout.write(text)
            self.stdout.flush()
