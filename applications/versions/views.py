from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications.pages import own
from applications.versions.versions import changes
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy


@require_safe
@policy(signed_in)
def application_changes(request: HttpRequest, reference: str) -> HttpResponse:
    """What somebody changed after they sent their application, and when."""
    application = own(request, reference)
    return render(
        request, "applications/changes.html", {"application": application, "call": application.call, "changes": changes(application, to_staff=False)}
    )
