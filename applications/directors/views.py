from allauth.core import ratelimit
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from applications.directors import services
from applications.directors.forms import AnswerForm, DirectorForm
from applications.directors.models import can_answer_until
from applications.pages import closed, own
from applications.services import NotInTime
from fulcrum.guard.predicates import anyone, signed_in
from fulcrum.guard.views import policy


@policy(signed_in)
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Whom to ask at the house, and what they have answered."""
    application = own(request, reference)
    asked = services.current(application)
    initial = {"name": asked.name, "address": asked.address, "language": asked.language} if asked and not asked.is_own else {}
    form = DirectorForm(
        request.POST or None,
        own_address=application.person.email,
        initial={"language": application.language, "is_own": asked and asked.is_own} | initial,
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            if data["is_own"]:
                services.direct_oneself(application, by=request.user)
                messages.success(request, _("It is noted that you direct the house yourself."))
                return redirect(application)
            if ratelimit.consume(request, action="ask_director", user=request.user, key=data["address"]):
                services.ask_director(application, name=data["name"], address=data["address"], language=data["language"], by=request.user)
                messages.success(request, _("A letter to %(name)s is on its way.") % {"name": data["name"]})
                return redirect(application)
            form.add_error(None, _("You have asked for many letters in a short time. Wait a minute, then try again."))
        except services.TooEarly:
            form.add_error(None, _("Give your own name and name your house first: then its director can be asked."))
        except services.TooManyLetters:
            form.add_error(None, _("Enough letters were written about your application. Please ask the contact person of your network to help."))
        except NotInTime:
            return closed(request, application, form)
    context = {"application": application, "call": application.call, "form": form, "asked": asked, "until_when": can_answer_until(application)}
    return render(request, "applications/director_ask.html", context, status=422 if form.errors else 200)


@never_cache
@policy(anyone)
def director(request: HttpRequest, token: str) -> HttpResponse:
    """The page that a director's letter leads to: who applies for what, and two buttons. Nothing of the answers."""
    try:
        asked = services.asked_by_link(token)
    except signing.BadSignature as error:
        raise Http404 from error
    except services.Over:
        return render(request, "applications/director_over.html", status=410)
    application = asked.application
    context = {"asked": asked, "application": application, "call": application.call, "until_when": can_answer_until(application)}
    if asked.is_over:
        return render(request, "applications/director_over.html", context, status=410)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer(asked, agrees=form.cleaned_data["answer"] == "yes", word=form.cleaned_data["word"])
            return redirect("director", token)
        except services.Answered:
            return render(request, "applications/director.html", context, status=409)
        except services.Over:
            return render(request, "applications/director_over.html", context, status=410)
    return render(request, "applications/director.html", context | {"form": form}, status=422 if form.errors else 200)
