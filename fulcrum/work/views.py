from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse

from fulcrum.guard.predicates import anyone
from fulcrum.guard.views import policy


@policy(anyone)
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@policy(anyone)
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can do its work: database and cache answer. A lost broker delays letters and refuses nobody."""
    state = {}
    for name, probe in (("database", connection.ensure_connection), ("cache", lambda: cache.get("readyz"))):
        try:
            probe()
            state[name] = "ok"
        except Exception:
            state[name] = "down"
    return JsonResponse(state, status=200 if set(state.values()) == {"ok"} else 503)
