import base64
import hashlib
import re

from csp.constants import NONE, SELF
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fulcrum.guard.predicates import coordinator, local_mail
from fulcrum.guard.views import policy
from fulcrum.mail import services
from fulcrum.mail.models import Letter, Message


@policy(coordinator)
def outbox(request: HttpRequest) -> HttpResponse:
    """Letters of the coordinator's calls; those in trouble first, and alone when asked for."""
    letters = Message.objects.visible_to(request.user).defer("body")
    troubled = letters.troubled().count()
    if request.GET.get("show") == "troubled":
        letters = letters.troubled()
    page = Paginator(letters, 50).get_page(request.GET.get("page"))
    return render(request, "mail/outbox.html", {"page": page, "troubled": troubled})


@require_POST
@policy(coordinator)
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    try:
        services.send_again(message, by=request.user)
    except services.NotTroubled:
        messages.info(request, _("This letter needs no second try: it is on its way or delivered."))
    else:
        messages.success(request, _("The letter goes out again."))
    return redirect("outbox")


@policy(local_mail)
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every letter that this machine delivered to itself."""
    page = Paginator(Letter.objects.only("pk", "at", "to", "subject"), 50).get_page(request.GET.get("page"))
    return render(request, "mail/mailbox.html", {"page": page})


@policy(local_mail)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "mail/local_letter.html", {"letter": get_object_or_404(Letter, pk=pk)})


@policy(local_mail)
def letter_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as a mail program shows it, alone under a policy that runs and loads nothing."""
    html = get_object_or_404(Letter, pk=pk).html
    # mail programs that ignore the style sheet read style attributes; here the sheet is enough, let in by its hash
    sheet = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256((sheet[1] if sheet else "").encode()).digest()).decode()
    response = HttpResponse(re.sub(r' style="[^"]*"', "", html))
    response._csp_config = {  # type: ignore[attr-defined]
        "default-src": [NONE],
        "style-src": [f"'sha256-{digest}'"],
        "img-src": [SELF],
        "base-uri": [NONE],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
    response.xframe_options_exempt = True  # type: ignore[attr-defined] # framed by the page of the letter
    return response
