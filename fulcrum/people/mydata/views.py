from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from fulcrum.guard.predicates import signed_in
from fulcrum.guard.views import policy
from fulcrum.people.mydata.forms import ErasureForm
from fulcrum.people.mydata.held import staying
from fulcrum.people.mydata.services import StillStaff, erase, foretold, parcel


@require_safe
@policy(signed_in)
def my_data(request: HttpRequest) -> HttpResponse:
    """The three things that anybody can do with their data: get it, correct it, have it erased."""
    return render(request, "people/my_data.html")


@policy(signed_in, fresh=True)
@require_POST
def download(request: HttpRequest) -> HttpResponseBase:
    """Everything that is held of the person, in one file."""
    headers = {"Content-Disposition": 'attachment; filename="my-data.zip"'}
    return StreamingHttpResponse(parcel(request.user), content_type="application/zip", headers=headers)


@policy(signed_in, fresh=True)
def erasure(request: HttpRequest) -> HttpResponse:
    """What would be erased, what stays and why; then the deed."""
    form = ErasureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            erase(request.user)
        except StillStaff:
            pass  # the page says so already
        else:
            logout(request)
            return render(request, "people/erased.html")
    goes = [sentence for source in foretold for sentence in source(request.user)]
    context = {"form": form, "goes": goes, "stays": list(staying(request.user)), "roles": request.user.roles_now}
    return render(request, "people/erasure.html", context, status=422 if form.is_bound else 200)
