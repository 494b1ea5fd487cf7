"""How the web process runs: threads enough that slow uploads hold no page, and the worker inside where nobody runs one beside."""

import gc
import os
from typing import Any

import environ
from gunicorn.http.unreader import SocketUnreader

environ.Env.read_env(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".env"))  # an optional file, as in the settings; real variables win

wsgi_app = "fulcrum.wsgi:application"
bind = os.environ.get("BIND", "127.0.0.1:8000")  # address and port
workers = int(os.environ.get("WEB_PROCESSES", "1"))  # 1 with SQLite
threads = int(os.environ.get("WEB_THREADS", "40"))
worker_class = "gthread"
keepalive = 75
timeout = 120
graceful_timeout = 10
control_socket_disable = True  # nothing to steer from outside
accesslog = None
errorlog = "-"
loglevel = "warning"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
reload = os.environ.get("DEBUG", "") in {"1", "true", "True"}
SocketUnreader.max_body_chunk = 128 * 1024  # of an upload at once: a megabyte, copied for each line, stays in the process
_embedded: Any = None


def post_worker_init(worker: Any) -> None:
    global _embedded
    from django.conf import settings

    gc.collect()
    gc.freeze()  # what was loaded at the start stays, so no collection looks at it again
    gc.set_threshold(10_000, 20, 20)  # a page makes some thousand objects and drops them: fewer looks while it is made

    if settings.EMBEDDED_WORKER:
        from fulcrum.work.embedded import EmbeddedWorker

        _embedded = EmbeddedWorker()
        _embedded.start()


def worker_exit(server: Any, worker: Any) -> None:
    if _embedded:
        _embedded.stop()


def when_ready(server: Any) -> None:
    site = os.environ.get("SITE_URL", "http://localhost:8000")
    print(f"FULCRUM is at {site}", flush=True)
    if os.environ.get("DEMO") == "1":
        print(
            f"It is a demonstration. At {site}/demo/ you can be the coordinator, an assessor or lead of a network, or a candidate;\n"
            f"a new candidate starts at {site}/, and every letter arrives at {site}/mail/",
            flush=True,
        )
