from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications import services
from applications.application import Application
from applications.copy import copy_document, copy_of
from applications.forms import AboutForm, ConsentForm
from applications.pages import after, closed, opened, own, page
from applications.progress import missing, progress
from applications.recordings.playing import plays
from applications.standing import answer_of, sentence, stages
from fulcrum.calls.models import Call
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy
from fulcrum.people.todos import todos_of
from fulcrum.ui.documents import Undrawable, draw_document


@policy(signed_in)
def my_applications(request: HttpRequest) -> HttpResponse:
    """The person's applications; a single one opens at once."""
    found = Application.objects.of_person(request.user).with_page()
    listed = Paginator(found, 20).get_page(request.GET.get("page"))
    if listed.paginator.count == 1:
        return redirect(listed[0])
    context = {"page": listed, "newest": Call.objects.newest_first().first(), "todos": todos_of(request.user)}
    return render(request, "applications/mine.html", context)


@policy(signed_in)
def application(request: HttpRequest, reference: str) -> HttpResponse:
    """The task list: the first page of an application and every return to it."""
    application = opened(request, reference)
    waiting = [] if application.on_behalf else [todo for todo in todos_of(request.user) if todo.call == application.call]
    context = {"application": application, "call": application.call, "progress": progress(application), "todos": waiting}
    if application.is_sent:
        answer = answer_of(application)
        context |= {"standing": sentence(application), "answer_url": answer, "stages": stages(application, is_answered=bool(answer))}
    return render(request, "applications/application.html", context)


@policy(signed_in)
def about(request: HttpRequest, reference: str) -> HttpResponse:
    application = opened(request, reference)
    form = AboutForm(request.POST or None, instance=opened(request, reference))

    def save(values: dict[str, Any], seen: str | None) -> Application:
        return services.save_page(application, values=values, seen=seen, page=AboutForm.Meta.fields, by=request.user)

    return page(request, "applications/about.html", application=application, form=form, save=save, row=application, fields=AboutForm.Meta.fields)


@policy(signed_in)
def consent(request: HttpRequest, reference: str) -> HttpResponse:
    application = own(request, reference)
    if "disagree" in request.POST:
        try:
            services.disagree(application, by=request.user)
        except services.NotInTime:
            return closed(request, application)
        messages.success(request, _("Your consent is taken back. Nothing is sent without it."))
        return redirect(application)
    form = ConsentForm(request.POST or None, text=str(application.call.text("consent")), initial={"agree": bool(application.consented_at)})
    if request.method == "POST" and form.is_valid():
        try:
            services.agree(application, by=request.user)
        except services.NotInTime:
            return closed(request, application)
        return after(request, application)
    context = {"application": application, "call": application.call, "form": form}
    return render(request, "applications/consent.html", context, status=422 if form.errors else 200)


@plays
@policy(signed_in)
def check(request: HttpRequest, reference: str) -> HttpResponse:
    """Every answer before sending; sending itself, which nobody does but the candidate."""
    application = own(request, reference) if request.method == "POST" else opened(request, reference)
    context: dict[str, Any] = {"application": application, "call": application.call}
    status = 200
    if request.method == "POST":
        try:
            services.send(application, by=request.user)
            return redirect("application_receipt", reference)
        except services.NotInTime:
            return closed(request, application)
        except services.Incomplete:
            status = 422
    # a draft is not told: who looks through the houses of a network learns nothing of others
    others = services.others_of_house(application) if application.is_sent else 0
    context |= {"missing": missing(application), "sections": copy_of(application), "others": others}
    return render(request, "applications/check.html", context | {"has_errors": status == 422}, status=status)


@plays
@policy(signed_in)
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """Whether the application was sent, in one sentence; what happens next; the full copy."""
    application = own(request, reference)
    context = {
        "application": application,
        "call": application.call,
        "standing": sentence(application),
        "missing": missing(application) if application.is_draft and application.is_open else [],
        "sections": copy_of(application),
        "others": services.others_of_house(application) if application.is_sent else 0,
    }
    return render(request, "applications/receipt.html", context)


@require_safe
@policy(signed_in)
def copy_pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """The full copy as a document: for its candidate at any time, for staff of the network while it is sent."""
    application = get_object_or_404(Application.objects.visible_to(request.user).with_page(), reference=reference)
    try:
        pdf = draw_document(copy_document(application, standing=sentence(application)), moment=application.changed_at)
    except Undrawable:
        messages.error(request, _("The document cannot be drawn just now. You can print the page instead."))
        return redirect("application_receipt", reference)
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{application.reference}.pdf"'})


@policy(signed_in)
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    application = own(request, reference)
    if request.method == "POST":
        try:
            services.withdraw(application, by=request.user)
        except services.NotInTime:
            return closed(request, application)
        except services.WrongMove:
            messages.info(request, _("This application was not sent, so there is nothing to withdraw."))
        else:
            messages.success(request, _("Your application is withdrawn. You can send it again until the deadline."))
        return redirect(application)
    return render(request, "applications/withdraw.html", {"application": application, "call": application.call})
