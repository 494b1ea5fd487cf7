from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications.application import Application
from applications.recordings.playing import plays
from fulcrum.guard.views import policy
from selection.assessments import services
from selection.assessments.forms import ReasonForm, ScoreForm, moment_of
from selection.assessments.models import Assessment, Recusal
from selection.assessments.pages import back, query, read, review_page, with_own_scores
from selection.assessments.reading import PAGE, FilterForm, filtered, listed, rows_of, scored_by, sees_ranks
from selection.policy import READERS, call_as, lead, network_as, networks_as, reader
from selection.shortlists.services import ListClosed


@policy(reader)
def applications(request: HttpRequest, slug: str) -> HttpResponse:
    """The applications of the user's networks, with filters in the address."""
    call = call_as(request.user, slug, *READERS)
    ranks = sees_ranks(request.user, call)
    form = FilterForm(request.GET, ranks=ranks)
    everyone = Application.objects.read_by(request.user).filter(call=call)
    count = everyone.aggregate(total=Count("pk"), scored=Count("pk", filter=scored_by(request.user)))
    paginator = Paginator(listed(filtered(everyone, request.user, form.chosen), ranks=ranks), PAGE)
    if not form.narrows:
        paginator.count = count["total"]
    page = paginator.get_page(request.GET.get("page"))
    context = count | {
        "call": call,
        "form": form,
        "ranks": ranks,
        "page": page,
        "rows": rows_of(page.object_list, request.user),
        "networks": networks_as(request.user, call, *READERS),
        "filters": f"?{kept}" if (kept := query(request)) else "",
    }
    return render(request, "selection/applications.html", context)


@plays
@policy(reader)
def review(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """One application beside the user's scores."""
    call, application = read(request, slug, reference)
    criteria = list(call.criteria.prefetch_related("values"))
    mine = Assessment.objects.visible_to(request.user).filter(application=application, assessor=request.user).first()
    stands = services.scores_of(mine, request.user)
    form = ScoreForm(request.POST or None, criteria=criteria, scores=stands, seen=services.fingerprint(stands))
    if request.method == "POST" and form.is_valid():
        finished = "later" not in request.POST
        try:
            services.score(
                application,
                scores=form.scores(),
                finished=finished,
                seen=form.cleaned_data["seen"],
                shown_at=moment_of(form.cleaned_data["shown_at"]),
                by=request.user,
            )
        except services.Unfinished as unfinished:
            form.refuse(unfinished.criteria)
        except services.Conflict as conflict:
            form.data = form.data.copy()
            form.data["seen"] = services.fingerprint(conflict.now)
            theirs = [(str(entry.title), *conflict.now.get(entry.key, (None, ""))) for entry in criteria]
            return review_page(request, application, form, mine, theirs=theirs, status=409)
        except ListClosed:
            form.add_error(None, _("The list of your network is put forward, so scores are fixed. A lead can take it back until the opening."))
            return review_page(request, application, form, mine, status=409)
        else:
            return _after_scoring(request, application, finished)
    return review_page(request, application, form, mine, status=422 if form.errors else 200)


def _after_scoring(request: HttpRequest, application: Application, finished: bool) -> HttpResponse:
    """On to the next application that the user has not scored, within the filters; else back to the list."""
    slug, kept = application.call.slug, query(request)
    listed = f"{reverse('review_list', args=[slug])}?{kept}"
    if not finished:
        messages.success(request, _("Kept for later. These scores don't count yet."))
        return redirect(listed)
    messages.success(request, _("Your scores for %(name)s count now.") % {"name": application.name})
    chosen = FilterForm(request.GET, ranks=sees_ranks(request.user, application.call)).chosen
    everyone = Application.objects.read_by(request.user).filter(call=application.call)
    left = filtered(everyone, request.user, chosen | {"state": "unscored", "sort": ""})
    following = left.filter(sent_at__gte=application.sent_at).exclude(pk=application.pk).first() or left.first()
    return redirect(f"{reverse('review', args=[slug, following.reference])}?{kept}" if following else listed)


@require_POST
@policy(reader)
def mark_read(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    _call, application = read(request, slug, reference)
    services.mark_read(application, shown_at=moment_of(request.POST.get("shown_at", "")), by=request.user)
    messages.success(request, _("Marked as read."))
    return back(request, application)


@require_POST
@policy(reader)
def conflict(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """One click: the application is hidden from the user."""
    _call, application = read(request, slug, reference)
    services.declare_conflict(application, by=request.user)
    messages.success(request, _("You don't see this application any more, nor its part in any figure. A lead who has no conflict can lift that."))
    return redirect("review_list", slug)


@require_POST
@policy(lead)
def lift_conflict(request: HttpRequest, slug: str, reference: str, pk: int) -> HttpResponse:
    call, application = read(request, slug, reference)
    recusal = get_object_or_404(Recusal.objects.visible_to(request.user).filter(application=application), pk=pk)
    network_as(request.user, call, application.network.slug, "lead")
    services.lift_conflict(recusal, by=request.user)
    messages.success(request, _("%(person)s sees the application again.") % {"person": recusal.person})
    return back(request, application)


@require_POST
@policy(reader)
def ineligible(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Find the application ineligible with a reason, or eligible again."""
    _call, application = read(request, slug, reference)
    try:
        if "eligible" in request.POST:
            services.find_eligible(application, by=request.user)
            messages.success(request, _("The application counts again."))
            return back(request, application)
        form = ReasonForm(request.POST, prefix="ineligible")
        if form.is_valid():
            services.find_ineligible(application, reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("The application is noted as ineligible."))
            return back(request, application)
    except services.OnTheList:
        form.add_error(None, _("The application is on the list. Take it off the list first."))
    except services.NotAllowed:
        messages.error(request, _("You have a conflict in this network, so somebody else says who can be counted."))
        return back(request, application)
    except ListClosed:
        messages.error(request, _("The list is put forward, so nothing of it changes. A lead can take it back until the opening."))
        return back(request, application)
    return with_own_scores(request, application, ineligible_form=form)
