"""Settings of the product: one file, read from the environment (12-factor).

With nothing set it runs embedded: SQLite, file mail, file cache, all under ``var/``.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

from portal.accounts.password_profiles import PROFILES
from portal.secrets import read_or_make_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# -- who we are ---------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or read_or_make_key(VAR_DIR / "secret_key")
# Keys of encrypted fields, newest first; kept outside the database so that a stolen dump is unreadable.
FIELD_KEYS = env.list("FIELD_KEYS", default=[]) or [read_or_make_key(VAR_DIR / "field_key")]
# Signs each day's head of the ledger, which goes to a folder and to mailboxes outside the platform.
LEDGER_SIGNING_KEY = env.str("LEDGER_SIGNING_KEY", default="") or read_or_make_key(VAR_DIR / "ledger_key")
LEDGER_ANCHOR_DIR = Path(env.str("LEDGER_ANCHOR_DIR", default=str(VAR_DIR / "anchors")))
LEDGER_ANCHOR_EMAILS = env.list("LEDGER_ANCHOR_EMAILS", default=[])  # empty: the auditors' own addresses
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or [
    _public.hostname or "127.0.0.1",
    *([] if HTTPS else ["127.0.0.1", "localhost", "[::1]"]),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SITE_NAME = env.str("SITE_NAME", default="审管联动平台")
SITE_SUBTITLE = env.str("SITE_SUBTITLE", default="儋州市行政审批与监管执法协调联动")
# Demo mode: example city, known passwords, two receivers on loopback. A check keeps it on this machine.
DEMO = env.bool("DEMO", default=False)
DEMO_SMTP_PORT = env.int("DEMO_SMTP_PORT", default=8925)
DEMO_HTTP_PORT = env.int("DEMO_HTTP_PORT", default=8926)
# Wagtail's v3 API is a preview upstream: off unless somebody insists.
API_V3_PREVIEW = env.bool("API_V3_PREVIEW", default=False)

# -- applications -------------------------------------------------------------
INSTALLED_APPS = [
    "portal",
    "portal.accounts",
    "casework",
    "cms_pages",
    "wagtail.contrib.settings",
    "wagtail.contrib.redirects",
    "wagtail.contrib.sitemaps",
    "wagtail.contrib.search_promotions",
    "wagtail.contrib.typed_table_block",
    "wagtail.api.v2",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "rest_framework",
    "ninja",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "heroicons",
    "django_q",
    "axes",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "portal.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.ContentSecurityPolicyMiddleware",
    "portal.middleware.RefuseNulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.accounts.sessions.SessionLimitsMiddleware",
    "portal.accounts.musts.FirstThingsFirstMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "axes.middleware.AxesMiddleware",
]
# LocaleMiddleware is left out on purpose: a browser that says `en` must not turn the desk English.

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

_loaders = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    _loaders if DEBUG else [("django.template.loaders.cached.Loader", _loaders)],
                )
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "portal.templatetags.icons",
                "django.templatetags.static",
                "django_htmx.templatetags.django_htmx",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
                "casework.desk.context.desk",
            ],
        },
    }
]
FORM_RENDERER = "portal.forms.ChineseFormRenderer"

# -- data ---------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
}
DEFAULT_DATABASE = "DATABASE_URL" not in env.ENVIRON
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A write lock is taken at BEGIN: readers never deadlock into "database is locked" (feasibility §3.2).
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA recursive_triggers=ON;PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-32000;",
    }
else:
    # Never a psycopg pool: django-q2's forks break it (feasibility §3.1).
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Tests need a template with a UTF-8 locale; .ci/run makes one where the cluster's own is `C`.
        "TEST": {"CHARSET": "UTF8", "TEMPLATE": env.str("TEST_DATABASE_TEMPLATE", default="template0")},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "portal.caches.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {
            "BACKEND": "portal.caches.FileCache",
            "LOCATION": VAR_DIR / "cache",
        }
    )
}

# -- language and time --------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# -- files --------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"  # Wagtail's own images and documents
MEDIA_URL = "/media/"
PRIVATE_ROOT = VAR_DIR / "private"  # case files: no URL leads here, only checked views read it
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "portal.static_storage.QuickManifestStorage"
        )
    },
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
}
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=20 * 1024 * 1024)
UPLOAD_MAX_FILES = env.int("UPLOAD_MAX_FILES", default=30)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_NUMBER_FILES = 60

# -- people -------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# "dengbao3" (8 characters, 3 kinds, 90 days, history) or "asvs" (12 characters, no expiry): docs/adr.
PASSWORD_PROFILE = env.str("PASSWORD_PROFILE", default="dengbao3")
_profile = PROFILES.get(PASSWORD_PROFILE, PROFILES["dengbao3"])  # a check refuses any other name
AUTH_PASSWORD_VALIDATORS = _profile.validators()
PASSWORD_MAX_AGE_DAYS = 0 if DEMO else _profile.max_age_days  # the demo's passwords stand on its sign-in page
PASSWORD_DENYLIST_FILE = env.str("PASSWORD_DENYLIST_FILE", default="")  # leaked passwords, one a line
# Roles that must sign in with a second factor: identifiers of portal/accounts/roles.py, or "all".
# Unset: the three administrators; the demo's accounts are everybody's.
SECOND_FACTOR_ROLES = env.list(
    "SECOND_FACTOR_ROLES", default=[] if DEMO else ["sysadmin", "security_admin", "auditor"]
)
CONFIRMED_SECONDS = env.int("CONFIRMED_SECONDS", default=10 * 60)  # how long a password entered stays recent
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
# Failures of one account from one address, and of one address with any account (R-53; rules in
# portal/accounts/throttling.py). Nobody can lock an account from outside.
SIGN_IN_FAILURES_PER_ACCOUNT = env.int("SIGN_IN_FAILURES_PER_ACCOUNT", default=5)  # in 15 minutes
SIGN_IN_FAILURES_PER_ADDRESS = env.int("SIGN_IN_FAILURES_PER_ADDRESS", default=20)  # in an hour
# Addresses or networks of our own reverse proxies: only what they forward is believed.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
AXES_HANDLER = "portal.accounts.axes_handler.Handler"
AXES_CLIENT_IP_CALLABLE = "portal.accounts.network.client_address"
AXES_LOCKOUT_CALLABLE = "portal.accounts.axes_handler.locked_page"
AXES_VERBOSE = False

# -- transport ----------------------------------------------------------------
SESSION_ENGINE = "portal.accounts.session_store"
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = env.int("SESSION_ABSOLUTE_SECONDS", default=12 * 3600)  # absolute limit
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=30 * 60)  # idle limit
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes come by plain http from the same machine
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("TRUST_PROXY_SSL", default=False) else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail previews its own pages in a frame
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # asks for DENY, which would break those previews

# -- mail ---------------------------------------------------------------------
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="审管联动平台 <linkage@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# -- the queue (values from feasibility §3: retry > timeout x (1 + ceil((queue_limit + 1) / workers))) --
Q_CLUSTER = {
    "name": "linkage",
    "label": "后台任务",
    "orm": "default",
    "workers": env.int("Q_WORKERS", default=2),
    "queue_limit": env.int("Q_WORKERS", default=2),
    "bulk": 1,
    "poll": 0.5,
    "timeout": 60,
    "retry": 300,
    "ack_failures": True,  # the outbox, not the queue, decides when to try again
    "max_attempts": 3,
    "catch_up": False,
    "recycle": 200,
    "max_rss": 400_000,
    "save_limit": 2000,
    # Long work (imports, exports, search index, verification) has a cluster of its own: no push waits behind it.
    "ALT_CLUSTERS": {
        "long": {
            "workers": env.int("Q_LONG_WORKERS", default=2),
            "queue_limit": env.int("Q_LONG_WORKERS", default=2),
            "poll": 2,
            "timeout": 900,
            "retry": 3000,
            "recycle": 20,
        }
    },
}
CANARY_INTERVAL_SECONDS = env.int("CANARY_INTERVAL_SECONDS", default=60)
CANARY_STALE_SECONDS = env.int("CANARY_STALE_SECONDS", default=180)
LONG_STALE_SECONDS = env.int("LONG_STALE_SECONDS", default=1200)  # its canary may stand behind two long tasks
SWEEP_INTERVAL_MINUTES = env.int("SWEEP_INTERVAL_MINUTES", default=1)
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=120)
OUTBOX_TIMEOUT_SECONDS = 15
# Files of one mail together, before encoding makes them a third larger.
OUTBOX_MAIL_MAX_BYTES = env.int("OUTBOX_MAIL_MAX_BYTES", default=15 * 1024 * 1024)
# Exact host:port pairs that pushes may go to; intranet peers are private, so "block private" is not enough.
PUSH_ALLOWED_ENDPOINTS = env.list("PUSH_ALLOWED_ENDPOINTS", default=[])

# -- the editors' desk --------------------------------------------------------
WAGTAIL_SITE_NAME = SITE_NAME
WAGTAILADMIN_BASE_URL = PUBLIC_URL
WAGTAIL_ENABLE_UPDATE_CHECK = WAGTAIL_ENABLE_WHATS_NEW_BANNER = False  # no call leaves the machine
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_AUTOSAVE_INTERVAL = 5000
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
WAGTAILADMIN_LOGIN_URL = LOGIN_URL
WAGTAIL_FRONTEND_LOGIN_URL = LOGIN_URL
# Password and mail address change at /accounts/ only, after a confirmation; no reset by mail.
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {
        "WIDGET": "wagtail.admin.rich_text.DraftailRichTextArea",
        "OPTIONS": {"features": ["h2", "h3", "bold", "ol", "ul", "link", "document-link", "hr"]},
    }
}
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["pdf", "ofd", "doc", "docx", "xls", "xlsx", "zip", "csv"]
WAGTAILDOCS_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "cms_pages.search.backend"}}

# -- logs ---------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "portal.logs.ContextFilter"}},
    "formatters": {"json": {"()": "portal.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["context"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        name: {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False}
        for name in ("django", "portal", "cms_pages", "casework", "axes", "wagtail")
    }
    # Four lines per task would bury the rest; starts, deaths and failures are warnings and above.
    | {"django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
