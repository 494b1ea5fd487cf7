"""The site as WSGI; a request that carries `X-Count` is answered with its queries and rows in headers."""

from collections.abc import Callable, Iterable
from typing import Any

from fulcrum.wsgi import application as site
from tests.benchmarks.counting import counted


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if "HTTP_X_COUNT" not in environ:
        return site(environ, start_response)
    answer: list[Any] = []
    with counted() as count:
        body = site(environ, lambda status, headers, *rest: answer.extend([status, headers]))
        content = b"".join(body)
        if hasattr(body, "close"):
            body.close()
    status, headers = answer
    start_response(status, [*headers, ("X-Queries", str(count.queries)), ("X-Rows", str(count.rows))])
    return [content]
