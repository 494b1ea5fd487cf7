from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.needs.forms import NeedsForm
from applications.needs.models import Needs
from applications.needs.services import say_needs, withdraw_consent
from applications.pages import after, closed, own
from applications.services import NotInTime
from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy


@policy(signed_in)
def needs(request: HttpRequest, reference: str) -> HttpResponse:
    application = own(request, reference)
    said = Needs.objects.of(application).first()
    initial = {"text": said.text, "agree": True} if said else {}
    form = NeedsForm(request.POST or None, consent=str(application.call.text("needs_consent")), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            say_needs(application, text=form.cleaned_data["text"], by=request.user)
        except NotInTime:
            return closed(request, application, form)
        return after(request, application)
    context = {"application": application, "call": application.call, "form": form, "needs": said}
    return render(request, "applications/needs.html", context, status=422 if form.errors else 200)


@require_POST
@policy(signed_in)
def erase(request: HttpRequest, reference: str) -> HttpResponse:
    application = own(request, reference)
    withdraw_consent(application, by=request.user)
    messages.success(request, _("What you told us about your needs is erased."))
    return redirect(application)
