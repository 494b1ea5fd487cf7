"""Every setting, from the environment where an operator may want to change it, and safe where nobody says anything."""

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")  # an optional file; real variables win

VAR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))  # database, media and keys of an installation without a server
SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")  # where people reach the site; links in mails start with it
SITE = urlsplit(SITE_URL)
SECURE = SITE.scheme == "https"
LOOPBACK = SITE.hostname in {"localhost", "127.0.0.1", "::1"}
DEBUG = env.bool("DEBUG", default=False)  # never on a site that others can reach
DEMO = env.bool("DEMO", default=False)  # the demonstration: a bar to switch person, mail readable at /mail/
if (DEMO or DEBUG) and not LOOPBACK:
    raise ImproperlyConfigured("DEMO and DEBUG let anybody in; they only start when SITE_URL is a loopback address.")


def _key(name: str) -> str:
    """A secret from the environment; on a loopback site one is made and kept in VAR_DIR, elsewhere its absence is an error."""
    value = env(name, default="")
    if value or not LOOPBACK:
        if not value:
            raise ImproperlyConfigured(f"Set {name}: a long random text (make key prints one).")
        return value
    path = VAR / f"{name.lower()}.txt"
    if not path.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


SECRET_KEY = _key("SECRET_KEY")  # signs sessions and links
FIELD_KEYS = [key.strip() for key in _key("FIELD_KEYS").split(",") if key.strip()]  # encrypt needs and second factors; the first writes, all read
if not FIELD_KEYS:
    raise ImproperlyConfigured("FIELD_KEYS holds no key: set a long random text (make key prints one).")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[SITE.hostname, *(["127.0.0.1"] if LOOPBACK else [])])  # exact names
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "django_countries",
    "rules",
    "anymail",
    "fulcrum.ui",
    "fulcrum.work",
    "fulcrum.audit",
    "fulcrum.mail",
    "fulcrum.files",
    "fulcrum.calls",
    "fulcrum.people",
    "applications",
    "selection",
    "programme",
    "fulcrum.demo",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fulcrum.ui.middleware.Private",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fulcrum.ui.middleware.BodyLimit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fulcrum.people.middleware.SecondFactor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "fulcrum.urls"
WSGI_APPLICATION = "fulcrum.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fulcrum.people.context.page",
            ],
        },
    }
]
CRISPY_TEMPLATE_PACK = CRISPY_ALLOWED_TEMPLATE_PACKS = "fulcrum"
CRISPY_FAIL_SILENTLY = False

# Data
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'fulcrum.sqlite3'}")}  # postgres://… in production
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    DATABASES["default"]["TEST"] = {"NAME": VAR / "test.sqlite3"}  # a file: threads see each other's writes as on a live site
else:
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": "-c lock_timeout=10s -c statement_timeout=30s", "connect_timeout": 5},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# limits of attempts live here, so that a lost broker means neither an error nor no limit
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache", "OPTIONS": {"MAX_ENTRIES": 200_000}},
    "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
MEDIA_ROOT = Path(env("MEDIA_DIR", default=str(VAR / "media")))  # recordings; on another volume than the database's log
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT / "incoming"
FILE_UPLOAD_HANDLERS = ["fulcrum.files.handlers.StreamToDisk"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
UPLOAD_MAX_BYTES = 200 * 1024 * 1024  # by the plain field of a form
UPLOAD_RESUMABLE_MAX_BYTES = 2 * 1024**3 - 1  # of a recording that arrives in pieces
UPLOAD_QUOTA_BYTES = env.int("UPLOAD_QUOTA_MB", default=4096) * 1024**2  # for one person in all, with what is announced
UPLOAD_EXPIRY_SECONDS = env.int("UPLOAD_EXPIRY_SECONDS", default=7 * 24 * 3600)  # an upload is kept so long after its last byte
UPLOAD_GRACE_SECONDS = env.int("UPLOAD_GRACE_SECONDS", default=24 * 3600)  # what began before the deadline may end so long after it
UPLOAD_SILENCE_SECONDS = 60  # a line on which nothing comes is let go; its upload goes on with the next
UPLOADS_AT_ONCE = max(env.int("WEB_THREADS", default=40) * 3 // 5, 1)  # in one process; the other threads stay free for pages
TRANSCRIPT_MODEL = env("TRANSCRIPT_MODEL", default="")  # the folder of a faster-whisper model; without one people write transcripts
CLAMD = env("CLAMD", default="")  # host:port or the path of clamd's socket; recordings then wait until it has called them clean

# Deferred work
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="memory://localhost")  # redis://… in production
EMBEDDED_WORKER = env.bool("EMBEDDED_WORKER", default=CELERY_BROKER_URL.startswith("memory"))  # the worker runs inside the web process
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=30)  # how often rows are looked for that nobody was woken for
LEASE_SECONDS = env.int("LEASE_SECONDS", default=240)  # after this long a worker that took a row counts as dead

# Mail
_local_mail = "fulcrum.mail.backends.LocalMailbox"
if url := env("EMAIL_URL", default=""):  # smtp+tls://user:password@host:587
    vars().update(env.email_url_config(url))
    EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")  # or one of anymail's
elif LOOPBACK:
    EMAIL_BACKEND = _local_mail
else:
    EMAIL_BACKEND = env("EMAIL_BACKEND")
EMAIL_TIMEOUT = 20
ANYMAIL = env.dict("ANYMAIL", default={})  # the service's own settings, as NAME=value,…
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="FULCRUM <fulcrum@localhost>")  # the sender of every letter
LOCAL_MAIL = EMAIL_BACKEND == _local_mail

# People
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["rules.permissions.ObjectPermissionBackend", "allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "fulcrum.people.adapters.AccountAdapter"
MFA_ADAPTER = "fulcrum.people.adapters.SecondFactorAdapter"
ACCOUNT_FORMS = {"request_login_code": "fulcrum.people.forms.DoorForm", "confirm_login_code": "fulcrum.people.forms.CodeForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # the mailed code proves the address
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # the door makes a person of everybody; who was put out gets the same page and no letter
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "request_login_code": "20/m/ip,6/15m/key",
    "confirm_login_code": "30/m/ip",
    "reauthenticate": "10/m/user",
    "manage_email": "10/m/user,3/10m/key",
    "ask_director": "5/10m/user,3/10m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)  # how many proxies stand in front
ALLAUTH_TRUSTED_CLIENT_IP_HEADER = None
MFA_FORMS = {
    "authenticate": "fulcrum.people.forms.FactorForm",
    "reauthenticate": "fulcrum.people.forms.FactorAgainForm",
    "activate_totp": "fulcrum.people.forms.AppForm",
    "generate_recovery_codes": "fulcrum.people.forms.RecoveryCodesForm",
    "add_webauthn": "fulcrum.people.forms.PasskeyForm",
    "edit_webauthn": "fulcrum.people.forms.PasskeyNameForm",
    "authenticate_webauthn": "fulcrum.people.forms.PasskeyFactorForm",
    "reauthenticate_webauthn": "fulcrum.people.forms.PasskeyAgainForm",
    "login_webauthn": "fulcrum.people.forms.PasskeyDoorForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = "FULCRUM"
MFA_TOTP_TOLERANCE = 1  # a code typed while it changes still counts
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE and LOOPBACK
FRESH_SIGN_IN_SECONDS = 20 * 60
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
_prefix = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
CSRF_COOKIE_NAME = f"{_prefix}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "fulcrum.ui.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Web
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["htmx"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        "accelerometer autoplay camera display-capture encrypted-media fullscreen geolocation gyroscope "
        "magnetometer microphone midi payment picture-in-picture publickey-credentials-get publickey-credentials-create usb"
    ).split()
}

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VAR / "assets")]
for _folder in (FILE_UPLOAD_TEMP_DIR, VAR / "assets"):  # both must stand before the first request
    _folder.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "fulcrum.ui.storage.ManifestStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
PDF_FONTS = VAR / "fonts"  # what `make prepared` copies for certificates; not served

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("nl", _("Dutch")),
    ("fr", _("French")),
    ("de", _("German")),
    ("it", _("Italian")),
    ("et", _("Estonian")),
    ("lv", _("Latvian")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "fulcrum.ui.formats"  # where Django's own formats of a language lack something
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/Brussels"  # of what belongs to no call; stored is UTC

# Logs hold ids only
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},  # DEBUG, INFO, WARNING, ERROR
    "loggers": {"fulcrum": {"level": env("LOG_LEVEL", default="INFO")}, "django.security.DisallowedHost": {"level": "CRITICAL"}},
}
