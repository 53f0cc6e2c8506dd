"""System checks that refuse settings under which the platform would lie, leak or lose work.

Ids are stable (``portal.E001`` …); each message says in Chinese what is wrong, each hint how to mend it.
"""

import ipaddress
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import connections

from casework.core.background import LONG
from portal.accounts import second_factor
from portal.accounts.password_profiles import PROFILES
from portal.accounts.roles import Role

MIN_KEY_LENGTH = 43  # characters of URL-safe base64: 256 bits
KNOWN_KEYS = ("django-insecure-", "changeme", "secret", "example", "test")


def is_loopback(host: str) -> bool:
    """Whether a host name or address never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@register(Tags.security)
def transport(**kwargs: Any) -> list[CheckMessage]:
    """Plain http only on loopback; demo passwords never leave the machine."""
    found: list[CheckMessage] = []
    address = urlsplit(settings.PUBLIC_URL)
    host = address.hostname or ""
    if address.scheme not in {"http", "https"} or not host:
        found.append(
            Error(
                f"PUBLIC_URL 不是完整的网址：{settings.PUBLIC_URL}",
                hint="请写成 https://域名，例如 https://linkage.example.gov.cn。",
                id="portal.E001",
            )
        )
    elif address.scheme == "http" and not is_loopback(host):
        found.append(
            Error(
                f"PUBLIC_URL 使用了未加密的 http：{settings.PUBLIC_URL}",
                hint="对外提供服务必须使用 https；http 只允许用于本机 127.0.0.1 或 localhost。",
                id="portal.E002",
            )
        )
    if settings.DEMO and not is_loopback(host):
        found.append(
            Error(
                "演示模式的账号和密码是公开的，不能在本机以外的地址使用。",
                hint="请去掉 DEMO=1，或把 PUBLIC_URL 改回本机地址。",
                id="portal.E003",
            )
        )
    return found


@register(Tags.security)
def keys(**kwargs: Any) -> list[CheckMessage]:
    """Keys long enough, not from a tutorial, and not the same for two purposes."""
    found: list[CheckMessage] = []
    named = [("SECRET_KEY", settings.SECRET_KEY), *(("FIELD_KEYS", key) for key in settings.FIELD_KEYS)]
    for name, key in named:
        if len(key) < MIN_KEY_LENGTH or len(set(key)) < 10 or key.lower().startswith(KNOWN_KEYS):
            found.append(
                Error(
                    f"{name} 过短或过于简单，加密和签名不可靠。",
                    hint="请删除该环境变量，由平台在 var/ 下自动生成；或使用至少 43 个随机字符。",
                    id="portal.E004",
                )
            )
    if not settings.FIELD_KEYS:
        found.append(
            Error(
                "没有 FIELD_KEYS，身份证号和电话无法加密保存。", hint="请设置 FIELD_KEYS。", id="portal.E005"
            )
        )
    elif settings.SECRET_KEY in settings.FIELD_KEYS:
        found.append(
            Error(
                "SECRET_KEY 与 FIELD_KEYS 相同，泄露一个等于泄露两个。",
                hint="请分别设置两个不同的密钥。",
                id="portal.E006",
            )
        )
    return found


def _wrong(broken: bool, number: str, text: str, hint: str) -> list[CheckMessage]:
    kind = Caution if number.startswith("W") else Error
    return [kind(text, hint=hint, id=f"portal.{number}")] if broken else []


@register()
def queue(**kwargs: Any) -> list[CheckMessage]:
    """Queue settings under which no task runs twice by design or for ever by accident (feasibility §3.3)."""
    main = settings.Q_CLUSTER
    others = main.get("ALT_CLUSTERS") or {}
    found = _cluster("", main)
    for name, alt in others.items():
        found += _cluster(f"（{name}）", {**main, **alt})
    long = others.get(LONG) or {}
    found += _wrong(
        not long,
        "E015",
        "没有为长任务设置单独的队列，推送会排在导入导出后面。",
        f'请在 Q_CLUSTER 的 ALT_CLUSTERS 中设置 "{LONG}"。',
    )
    found += _wrong(
        bool(long) and (long.get("timeout") or 0) >= settings.LONG_STALE_SECONDS,
        "E016",
        "LONG_STALE_SECONDS 不大于长任务的 timeout，正常的长任务会被当作没有响应而终止。",
        "请把 LONG_STALE_SECONDS 设为 timeout 加上至少两次心跳的间隔。",
    )
    return found


def _cluster(which: str, conf: dict[str, Any]) -> list[CheckMessage]:
    """What is wrong with one cluster; ``which`` names it in the messages."""
    workers = max(conf.get("workers") or 1, 1)
    limit = conf.get("queue_limit") or workers**2
    timeout = conf.get("timeout") or 0
    needed = timeout * (1 + math.ceil((limit + 1) / workers))
    return [
        *_wrong(
            not timeout or conf.get("retry", 0) <= needed,
            "E010",
            f"后台任务{which}的 retry 必须大于 {needed} 秒，且 timeout 不能为空，否则同一任务会被同时执行多次。",
            "规则：retry > timeout ×（1 + ⌈(queue_limit + 1) ÷ workers⌉）。",
        ),
        *_wrong(
            not conf.get("max_attempts") or not conf.get("ack_failures"),
            "E011",
            f"后台任务{which}没有重试上限，失败的任务会无休止地重复。",
            "请设置 max_attempts（例如 3）和 ack_failures=True；何时重试由投递表决定。",
        ),
        *_wrong(
            conf.get("catch_up", True),
            "E012",
            f"后台任务{which}开启了 catch_up，停机后会补跑每一次定时任务。",
            "请设置 catch_up=False：扫描没有时间下限，跑一次即可补齐。",
        ),
        *_wrong(
            conf.get("orm") != "default",
            "E013",
            f"后台任务{which}必须使用默认数据库作为队列，Redis 等队列在进程被终止时会丢失任务。",
            '请设置 "orm": "default"；Redis 只用作缓存。',
        ),
        *_wrong(
            workers == 1,
            "W014",
            f"后台任务{which}只有一个工作进程，它被系统终止后整个队列会停住。",
            "请设置 Q_WORKERS=2（长任务为 Q_LONG_WORKERS=2）或更多。",
        ),
    ]


@register()
def databases_settings(**kwargs: Any) -> list[CheckMessage]:
    """Transactions as the actions expect them."""
    found: list[CheckMessage] = []
    for alias, conf in settings.DATABASES.items():
        options = conf.get("OPTIONS") or {}
        sqlite = conf.get("ENGINE", "").endswith("sqlite3")
        found += _wrong(
            bool(conf.get("ATOMIC_REQUESTS")),
            "E020",
            f"数据库 {alias} 开启了 ATOMIC_REQUESTS，读请求会等待写锁，推送会在事务内等待网络。",
            "请去掉 ATOMIC_REQUESTS：每个操作自己开启一个短事务。",
        )
        found += _wrong(
            sqlite and options.get("transaction_mode") != "IMMEDIATE",
            "E021",
            f"SQLite 数据库 {alias} 没有使用 IMMEDIATE 事务，并发写入时会报 database is locked。",
            '请设置 OPTIONS["transaction_mode"] = "IMMEDIATE"。',
        )
        found += _wrong(
            bool(options.get("pool")),
            "E022",
            f"数据库 {alias} 开启了连接池，后台任务派生进程后会失败。",
            "请去掉 OPTIONS 中的 pool，使用 CONN_MAX_AGE。",
        )
    return found


@register(Tags.database)
def locale(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A PostgreSQL database whose character rules know Chinese: under ``C`` search finds nothing."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql":
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT datctype, pg_encoding_to_char(encoding) FROM pg_database"
                " WHERE datname = current_database()"
            )
            ctype, encoding = cursor.fetchone()
        if ctype in {"C", "POSIX"} or encoding != "UTF8":
            found.append(
                Error(
                    f"数据库的字符规则是 {ctype}、编码是 {encoding}，中文检索无法工作。",
                    hint="请用 CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8'"
                    " LC_CTYPE 'C.UTF-8' 建库。",
                    id="portal.E030",
                )
            )
    return found


@register(Tags.security)
def signing_in(**kwargs: Any) -> list[CheckMessage]:
    """Names that mean nothing would silently switch a guard off."""
    unknown = set(settings.SECOND_FACTOR_ROLES) - {*Role.values, second_factor.EVERYBODY}
    return [
        *_wrong(
            settings.PASSWORD_PROFILE not in PROFILES,
            "E040",
            f"PASSWORD_PROFILE 没有这种密码规则：{settings.PASSWORD_PROFILE}",
            f"请写成以下之一：{'、'.join(sorted(PROFILES))}。",
        ),
        *_wrong(
            bool(unknown),
            "E041",
            f"SECOND_FACTOR_ROLES 中没有这些角色：{'、'.join(sorted(unknown))}",
            f"请写角色代码（{'、'.join(Role.values)}），或 all。",
        ),
        *_wrong(
            any(not is_network(each) for each in settings.TRUSTED_PROXIES),
            "E042",
            "TRUSTED_PROXIES 中有不是网络地址或网段的内容，反向代理后面的所有人会被当作同一台电脑。",
            "请写成 10.0.0.5 或 10.0.0.0/28 这样的地址，逗号分隔。",
        ),
        *_wrong(
            bool(settings.PASSWORD_DENYLIST_FILE) and not Path(settings.PASSWORD_DENYLIST_FILE).is_file(),
            "E043",
            f"PASSWORD_DENYLIST_FILE 不存在：{settings.PASSWORD_DENYLIST_FILE}",
            "请改正路径，文件为 UTF-8 文本，每行一个密码。",
        ),
    ]


@register(Tags.security, deploy=True)
def second_factors(**kwargs: Any) -> list[CheckMessage]:
    """等保三级 asks for two factors: at least of those who administer."""
    without = second_factor.ADMINISTRATORS - second_factor.required_roles()
    return _wrong(
        bool(without),
        "W044",
        f"这些角色只凭密码即可登录：{'、'.join(sorted(without))}",
        "等级保护三级要求两种鉴别方式，请设置 SECOND_FACTOR_ROLES=all 或列出角色。",
    )


@register(Tags.security, deploy=True)
def handed_outside(**kwargs: Any) -> list[CheckMessage]:
    """The ledger's daily heads prove something only where the platform's administrator cannot write (R-41)."""
    beside = Path(settings.LEDGER_ANCHOR_DIR).resolve().is_relative_to(Path(settings.VAR_DIR).resolve())
    kept = settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")
    return [
        *_wrong(
            beside,
            "W048",
            "台账每日摘要与数据库放在同一目录，能改数据库的人也能改摘要。",
            "请把 LEDGER_ANCHOR_DIR 设为平台管理员不能改写的目录，例如另一台机器的只追加存储。",
        ),
        *_wrong(
            kept,
            "W049",
            "没有设置发信服务器，提醒、函件和台账每日摘要只写入本机文件，没有人收到。",
            "请设置 EMAIL_URL=smtp+tls://用户:密码@主机:587。",
        ),
    ]


def is_network(text: str) -> bool:
    """Whether ``text`` is an address or a network in figures."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
