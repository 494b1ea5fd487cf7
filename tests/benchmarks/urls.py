"""Every page of the site, and one that does nothing: what middleware alone costs."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from fulcrum.guard.predicates import anyone
from fulcrum.guard.views import policy
from fulcrum.urls import handler400, handler403, handler404, handler500
from fulcrum.urls import urlpatterns as site

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@policy(anyone)
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [path("empty/", empty), *site]
