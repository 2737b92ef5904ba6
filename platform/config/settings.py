"""One settings file: everything that differs between a laptop and production comes from the environment.

With an empty environment Karui runs embedded: SQLite, a queue made of files, uploads in a folder, all in KARUI_HOME.
Every variable may come from a file instead, whose path is then in a variable with _FILE after its name.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from config.home import make_home, secret_key
from config.logs import logging_config

env = environ.FileAwareEnv()
PLATFORM = Path(__file__).resolve().parent.parent
os.environ.setdefault("KARUI_HOME", str(PLATFORM.parent / ".karui"))  # `challenges` reads it from there, too
KARUI_HOME = make_home(Path(env.str("KARUI_HOME")).absolute())

# Who may reach the site, and how
DEBUG = env.bool("KARUI_DEBUG", default=False)
SECRET_KEY = env.str("KARUI_SECRET_KEY", default="") or secret_key(KARUI_HOME / "secret_key")
ALLOWED_HOSTS = env.list("KARUI_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("KARUI_CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("KARUI_URL", default="http://localhost:8000").rstrip("/")  # in credentials it is who we are
HTTPS = env.bool("KARUI_HTTPS", default=False)  # the site is reached through a proxy that speaks TLS
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes come from inside, without TLS
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
GITHUB_CLIENT_ID = env.str("KARUI_GITHUB_CLIENT_ID", default="")
GITHUB_CLIENT_SECRET = env.str("KARUI_GITHUB_CLIENT_SECRET", default="").strip()  # files end with a new line
GITHUB_URL = env.str("KARUI_GITHUB_URL", default="").rstrip("/")  # a GitHub Enterprise Server
GITHUB_SIGN_IN = bool(GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Chromium holds a redirect after a form to this list, too
        "form-action": [SELF, *([GITHUB_URL or "https://github.com"] if GITHUB_SIGN_IN else [])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# The house
INSTALLED_APPS = [
    "config",
    "accounts",
    "skills",
    "catalog",
    "submissions",
    "boards",
    "career",
    "interviews",
    "portfolio",
    "api",
    "knox",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",  # always: rows of people who came from GitHub outlive the setting that let them in
    "allauth.socialaccount.providers.github",
    "csp",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.staticfiles.StaticFiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.log_request",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.refuse_large_body",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.speak_the_readers_language",
    "accounts.middleware.keep_the_readers_time",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.in_one_thread",  # must stay last
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PLATFORM / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.mail",
                "accounts.context.github",
            ]
        },
    }
]

# Rows
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SQLITE_OPTIONS = {
    # IMMEDIATE takes the write lock at the start of a transaction: a read that turns into a write cannot fail "locked"
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;"
    "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY;",
}
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{KARUI_HOME / 'karui.sqlite3'}")}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    # Under ASGI every request has its own thread, so a pool and not CONN_MAX_AGE keeps connections
    SQLITE_OPTIONS if DATABASES["default"]["ENGINE"].endswith("sqlite3") else {"pool": {"min_size": 1, "max_size": 16}}
)

# Queue
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "config.broker:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600}
    if REDIS_URL
    else {
        "data_folder_in": str(KARUI_HOME / "broker"),
        "data_folder_out": str(KARUI_HOME / "broker"),
        "control_folder": KARUI_HOME / "broker" / "control",
        "polling_interval": 0.1,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {"evaluation": {}, "timing": {}, "upkeep": {}}
CELERY_TASK_DEFAULT_QUEUE = "upkeep"
CELERY_TASK_ROUTES = {
    "submissions.tasks.evaluate": {"queue": "evaluation"},  # any number at once
    "submissions.tasks.time": {"queue": "timing"},  # one at a time on each machine
    "submissions.tasks.run_trial": {"queue": "timing"},
}
RUNNING_LIMIT_MIN = env.float("KARUI_RUNNING_LIMIT_MIN", default=15)
QUEUED_LIMIT_MIN = env.float("KARUI_QUEUED_LIMIT_MIN", default=720)
CELERY_TASK_TIME_LIMIT = RUNNING_LIMIT_MIN * 60  # work that hangs loses its worker
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # in memory: the default one keeps a pickle on disk
REAP_EVERY_S = env.float("KARUI_REAP_EVERY_S", default=60)
CELERY_BEAT_SCHEDULE = {
    "reap": {"task": "submissions.tasks.reap", "schedule": REAP_EVERY_S},
    "sweep": {"task": "api.tasks.sweep", "schedule": REAP_EVERY_S},
    # Beat counts from its own start, so a day would never be over on a site that is started every day
    "remeasure": {"task": "portfolio.tasks.remeasure", "schedule": 3600},
}
LEASE_S = env.float("KARUI_LEASE_S", default=30)
RESEND_AFTER_S = env.float("KARUI_RESEND_AFTER_S", default=600)  # a queued row whose message may be lost
SELF_TEST = env.bool("KARUI_SELF_TEST", default=True)  # of a worker, before its first timing
WORKER_SILENT_AFTER_S = 60
ALIVE_PATH = env.str("KARUI_ALIVE_PATH", default="")  # a worker touches it, for who may not ask the database
TIMING_CORE = env.int("KARUI_TIMING_CORE", default=None)  # of a worker that owns one
QUIETER_AFTER_S = env.float("KARUI_QUIETER_AFTER_S", default=60)  # before a noisy timing is made anew
RUNNING_AT_ONCE = env.int("KARUI_RUNNING_AT_ONCE", default=2)  # of one person
DAILY_ATTEMPTS = env.int("KARUI_DAILY_ATTEMPTS", default=20)
KEEP_FILES_DAYS = env.int("KARUI_KEEP_FILES_DAYS", default=0)  # models, after their grading; 0: for ever
DAILY_TRIALS = env.int("KARUI_DAILY_TRIALS", default=50)  # of one person, over all challenges

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # What {% cache %} keeps follows from files alone, so it lives exactly as long as the process that read them
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "template_fragments",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}

# Files
S3_BUCKET = env.str("KARUI_S3_BUCKET", default="")  # credentials and region: the AWS_* variables that boto reads
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": S3_BUCKET, "endpoint_url": env.str("KARUI_S3_ENDPOINT", default="") or None},
    }
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": KARUI_HOME / "media"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# An upload is stored by renaming its temporary file, so a crash leaves the whole model or none
FILE_UPLOAD_HANDLERS = ["config.uploading.WholeOrNothing"]
FILE_UPLOAD_TEMP_DIR = KARUI_HOME / "incoming"
FILE_UPLOAD_PERMISSIONS = 0o600
UPLOAD_CAP_BYTES = env.int("KARUI_UPLOAD_CAP_MIB", default=64) * 2**20
STATIC_URL = "static/"
STATIC_ROOT = KARUI_HOME / "static"
STATICFILES_DIRS = [PLATFORM / "static"]

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
EMAIL_URL = env.str("EMAIL_URL", default="").strip()  # empty: no mail is sent, so no address can be verified
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "change_password": "accounts.forms.PasswordForm",
    "reauthenticate": "accounts.forms.ConfirmForm",
}
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.GitHubAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "github": {
        "APPS": [{"client_id": GITHUB_CLIENT_ID, "secret": GITHUB_CLIENT_SECRET}] if GITHUB_SIGN_IN else [],
        "SCOPE": ["user:email"],
        "OAUTH_PKCE_ENABLED": True,
        **({"GITHUB_URL": GITHUB_URL} if GITHUB_URL else {}),
    }
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True  # where accounts.adapters allows it at all
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True  # a browser left open must not get a second key
SESSION_ENGINE = "accounts.sessions"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "catalog:challenges"
LOGOUT_REDIRECT_URL = "home"

# Programs
API_RATES = {"anon": "60/min", "user": "300/min"}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.access.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["api.access.InScope"],
    "DEFAULT_THROTTLE_CLASSES": ["api.access.OfVisitors", "api.access.OfPeople"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.Scoped",
    "EXCEPTION_HANDLER": "api.problems.answer",
    "NUM_PROXIES": 1 if HTTPS else 0,
}
KNOX_TOKEN_MODEL = "api.Token"  # noqa: S105  a model, not a token
REST_KNOX = {"TOKEN_PREFIX": "karui_", "AUTH_HEADER_PREFIX": "Bearer"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Karui",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
}

# Words and time. The language is not in the address: a link that is passed on opens in its reader's own language.
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [PLATFORM / "locale"]
TIME_ZONE = env.str("KARUI_TIME_ZONE", default="Asia/Tokyo")
USE_TZ = True

LOGGING = logging_config(env.str("KARUI_LOG_LEVEL", default="INFO"))
