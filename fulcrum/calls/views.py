from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fulcrum.calls.forms import DatesForm, TextForm
from fulcrum.calls.models import Call
from fulcrum.calls.policy import call_edited_by
from fulcrum.calls.services import Outdated, edit_dates, edit_text, would_be_told
from fulcrum.guard.predicates import anyone, coordinator
from fulcrum.guard.views import policy

KEPT_SECONDS = 3600


@policy(anyone)
def home(request: HttpRequest) -> HttpResponse:
    newest = Call.objects.newest_first().for_page().first()
    return _call_page(request, newest) if newest else render(request, "calls/none.html")


@policy(anyone)
def call(request: HttpRequest, slug: str) -> HttpResponse:
    return _call_page(request, get_object_or_404(Call.objects.for_page(), slug=slug))


def _call_page(request: HttpRequest, call: Call) -> HttpResponse:
    """The public page. What depends on no reader is kept by version, phase, day and language: for a visitor all of it."""
    moment = timezone.now().astimezone(call.zone)
    key = f"call-{call.pk}-{call.version}-{call.deadline.timestamp()}-{get_language()}-{call.phase}-{moment.date()}"
    visitor = settings.SESSION_COOKIE_NAME not in request.COOKIES and not request.META.get("QUERY_STRING")
    pages = caches["pages"]
    if visitor and (kept := pages.get(f"{key}-{request.path}")):
        return HttpResponse(kept)
    parts = pages.get(key)
    if parts is None:
        parts = _call_parts(Call.objects.get(pk=call.pk))
        pages.set(key, parts, timeout=KEPT_SECONDS)
    response = render(request, "calls/call.html", {"call": call, **parts})
    if visitor:
        pages.set(f"{key}-{request.path}", response.content, timeout=KEPT_SECONDS)
    return response


def _call_parts(call: Call) -> dict[str, SafeString]:
    context = {
        "call": call,
        "dates": list(call.dates.all()),
        "partnerships": list(call.partnerships.select_related("network")),
        "criteria": list(call.criteria.prefetch_related("values")),
    }
    return {name: SafeString(render_to_string(f"calls/page/{name}.html", context)) for name in ("hero", "content", "aside")}


@policy(anyone)
def calls(request: HttpRequest) -> HttpResponse:
    page = Paginator(Call.objects.newest_first(), 20).get_page(request.GET.get("page"))
    return render(request, "calls/calls.html", {"page": page})


@policy(anyone)
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "calls/privacy.html", {"call": Call.objects.newest_first().first()})


@policy(anyone)
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "calls/accessibility.html", {"call": Call.objects.newest_first().first()})


@policy(anyone)
def security_txt(request: HttpRequest) -> HttpResponse:
    newest = Call.objects.newest_first().first()
    until = (timezone.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    contact = f"mailto:{newest.contact_email}" if newest else settings.SITE_URL
    languages = ", ".join(code for code, _name in settings.LANGUAGES)
    return HttpResponse(f"Contact: {contact}\nExpires: {until}\nPreferred-Languages: {languages}\n", content_type="text/plain; charset=utf-8")


@policy(coordinator)
def texts(request: HttpRequest, slug: str) -> HttpResponse:
    call = call_edited_by(request.user, slug)
    versions = Paginator(call.versions.select_related("by").defer("content"), 20).get_page(request.GET.get("page"))
    return render(request, "calls/texts.html", {"call": call, "texts": call.texts.all(), "page": versions})


@policy(coordinator)
def text(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    call = call_edited_by(request.user, slug)
    text = get_object_or_404(call.texts, key=key)
    initial = {f"body_{code}": text.body.data.get(code, "") for code, _name in settings.LANGUAGES}
    form = TextForm(request.POST or None, initial=initial | {"version": call.version})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            edit_text(call, key=key, body=form.languages_of("body"), version=form.cleaned_data["version"], by=request.user)
        except Outdated as newer:
            form = form.on_version(newer.call.version)
            return render(request, "calls/text.html", {"call": newer.call, "text": text, "form": form, "theirs": text}, status=409)
        messages.success(request, _("The text is saved and stands on the call's page."))
        return redirect("call_texts", call.slug)
    if form.errors:
        status = 422
    return render(request, "calls/text.html", {"call": call, "text": text, "form": form}, status=status)


@policy(coordinator)
def dates(request: HttpRequest, slug: str) -> HttpResponse:
    call = call_edited_by(request.user, slug)
    form = DatesForm(request.POST or None, call=call)
    if request.method == "POST" and form.is_valid() and "preview" in request.POST:
        later = form.moments()["deadline"] > call.deadline and timezone.now() >= call.opens_at
        context = {"moves": form.moves(), "told": sum(count(call) for count in would_be_told) if later else 0, "previewed": True}
        return render(request, "calls/dates.html", {"call": call, "form": form, **context})
    if request.method == "POST" and form.is_valid():
        try:
            edit_dates(
                call,
                moments=form.moments(),
                dates=form.programme_dates(),
                reason=form.languages_of("reason"),
                version=form.cleaned_data["version"],
                by=request.user,
            )
        except Outdated as newer:
            theirs = DatesForm(call=newer.call)
            form = form.on_version(newer.call.version)
            return render(request, "calls/dates.html", {"call": newer.call, "form": form, "theirs": theirs}, status=409)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The dates are saved and stand on the call's page."))
            return redirect("call_dates", call.slug)
    return render(request, "calls/dates.html", {"call": call, "form": form}, status=422 if form.errors else 200)
