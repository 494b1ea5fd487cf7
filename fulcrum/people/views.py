from typing import Any

from allauth.account.internal.flows.logout import logout
from allauth.account.views import ConfirmLoginCodeView
from allauth.core import ratelimit
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from fulcrum.calls.models import Call, Network
from fulcrum.calls.policy import call_edited_by
from fulcrum.guard.predicates import anyone, coordinator, signed_in, staff
from fulcrum.guard.views import policy, safe_next
from fulcrum.people import services
from fulcrum.people.context import call_nav
from fulcrum.people.forms import AccountForm, AddressForm, ReasonForm, RoleForm
from fulcrum.people.models import Role, User
from fulcrum.people.todos import todos_of


class ConfirmCode(ConfirmLoginCodeView):
    """The page that takes the code also says whom to call when none came: the network chosen at the doors, else the call's contact."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        call = Call.objects.newest_first().first()
        chosen = Network.objects.filter(pk=self.request.session.get("doors", {}).get("network")).first()
        contact = None
        if call:
            named = chosen and chosen.contact_phone
            contact = {"name": chosen.name, "phone": chosen.contact_phone} if named else {"name": call.contact_name, "phone": call.contact_phone}
        return super().get_context_data(**kwargs) | {"contact": contact}

    def _verify_form_valid(self, form: Any) -> Any:
        """A code counts for the address that it was sent to, and only while that is the person's."""
        if self._process.user.email != self._process.state.get("email"):
            self._process.abort()
            return redirect("account_login")
        return super()._verify_form_valid(form)


confirm_code = ConfirmCode.as_view()


@policy(signed_in)
def account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your account is saved."))
        return redirect("account")
    return render(request, "people/account.html", {"form": form}, status=422 if form.errors else 200)


@policy(signed_in, fresh=True)
def change_address(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST or None)
    key = str(request.POST.get("email", "")).strip().lower()[:254]
    if request.method == "POST" and not ratelimit.consume(request, action="manage_email", user=request.user, key=key):
        form.add_error(None, _("You have asked for many letters in a short time. Wait a minute, then try again."))
    if request.method == "POST" and form.is_valid():
        services.ask_for_address(request.user, address=form.cleaned_data["email"])
        return render(request, "people/address_sent.html", {"address": form.cleaned_data["email"]})
    return render(request, "people/address.html", {"form": form}, status=422 if form.errors else 200)


@policy(anyone)
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    try:
        person, address = services.read_address_token(token)
    except (signing.BadSignature, User.DoesNotExist):
        return render(request, "people/address_over.html", status=404)
    if request.method == "POST":
        try:
            services.change_address(person, address=address)
        except services.AddressTaken:
            return render(request, "people/address_over.html", status=409)
        messages.success(request, _("Your address is changed. Sign in with the new one from now on."))
        return redirect("account" if request.user.is_authenticated else "account_login")
    return render(request, "people/address_confirm.html", {"address": address})


@policy(anyone)
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """A page that asks for a fresh proof: signing out, then the code page, and back."""
    target = safe_next(request, reverse("home"))
    if request.method == "POST":
        logout(request)
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
    return render(request, "people/sign_in_again.html", {"next": target})


@policy(staff)
def staff_home(request: HttpRequest) -> HttpResponse:
    """What waits for the user, and their calls with the roles they have there."""
    calls: dict[Any, list[Role]] = {}
    for role in sorted(request.user.roles_now, key=lambda role: role.call.deadline, reverse=True):
        calls.setdefault(role.call, []).append(role)
    return render(
        request,
        "people/staff_home.html",
        {"calls": [(call, roles, call_nav(request.user, call)) for call, roles in calls.items()], "todos": todos_of(request.user)},
    )


@policy(coordinator)
def team(request: HttpRequest, slug: str) -> HttpResponse:
    call = call_edited_by(request.user, slug)
    form = RoleForm(request.POST or None, call=call)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        person = User.objects.known_by(data["email"], name=data["name"], language=data["network"].language if data["network"] else "en")
        try:
            services.give_role(person, role=data["role"], call=call, network=data["network"], knowingly=data.get("knowingly", False), by=request.user)
        except services.BesideAnother as error:
            form.ask_knowingly(error)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%(person)s has the role now, and a letter says so.") % {"person": person})
            return redirect("team", call.slug)
    roles = Role.objects.in_force().filter(call=call).select_related("person", "network")
    page = Paginator(roles, 50).get_page(request.GET.get("page"))
    without = call.networks.exclude(pk__in=roles.filter(role=Role.Kind.ACCESS_OFFICER).values("network"))
    context = {"form": form, "call": call, "page": page, "without": without}
    return render(request, "people/team.html", context, status=422 if form.errors else 200)


@require_POST
@policy(coordinator)
def take_role(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    call = call_edited_by(request.user, slug)
    role = get_object_or_404(Role, pk=pk, call=call)
    try:
        services.take_role(role, by=request.user)
    except services.LastCoordinator:
        messages.error(request, _("A call keeps at least one coordinator. Give the role to somebody else first."))
    else:
        messages.success(request, _("%(person)s does not have this role any more, and is signed out.") % {"person": role.person})
    return redirect("team", call.slug)


@require_http_methods(["GET", "POST"])
@policy(coordinator, fresh=True)
def reset_second_factor(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    call = call_edited_by(request.user, slug)
    person = get_object_or_404(User.objects.filter(roles__in=Role.objects.in_force().filter(call=call)).distinct(), pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.reset_second_factor(person, reason=form.cleaned_data["reason"], call=call, by=request.user)
        messages.success(request, _("%(person)s enrols a new second factor at the next sign-in.") % {"person": person})
        return redirect("team", call.slug)
    return render(request, "people/reset_factor.html", {"form": form, "call": call, "person": person}, status=422 if form.errors else 200)
