from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.deadlines.forms import MoreTimeForm
from applications.deadlines.models import PersonalExtension
from applications.deadlines.policy import call_given_by, gives_time, networks_giving
from applications.deadlines.services import NotAllowed, extend_for
from fulcrum.guard.views import policy
from fulcrum.ui.templatetags.texts import moment


@policy(gives_time)
def more_time(request: HttpRequest, slug: str) -> HttpResponse:
    """Give one person more time, and see who has it."""
    call = call_given_by(request.user, slug)
    form = MoreTimeForm(request.POST or None, call=call, networks=networks_giving(request.user, call))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            words = {"until": data["until"], "reason": data["reason"], "named": data["who"]}
            extend_for(call, form.person(), network=data["network"], by=request.user, **words)
        except NotAllowed:
            form.add_error("who", _("Nobody gives more time to themselves. Ask a colleague to do it."))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            said = _("%(who)s may send until %(moment)s, and a letter says so.")
            messages.success(request, said % {"who": data["who"], "moment": moment(data["until"], call)})
            return redirect("more_time", call.slug)
    given = PersonalExtension.objects.visible_to(request.user).filter(call=call).exclude(person=request.user).select_related("network", "by")
    page = Paginator(given, 50).get_page(request.GET.get("page"))
    return render(request, "applications/more_time.html", {"call": call, "form": form, "page": page}, status=422 if form.errors else 200)
