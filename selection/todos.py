"""What waits for those who select, and for who gets an answer."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.application import Application
from applications.deadlines.services import still_comes_in
from fulcrum.people.todos import Todo, todos
from selection.assessments.reading import scored_by
from selection.outcomes.models import Outcome
from selection.policy import READERS, networks_as
from selection.shortlists.models import Shortlist
from selection.shortlists.services import may_rank, readiness
from selection.slate import Approval, Slate, SlateVersion
from selection.slates.services import standing


@todos
def of_candidate(user: Any) -> Iterator[Todo]:
    """The answer to each of the person's applications, for a month once it is released."""
    told = Outcome.objects.told_to(user).filter(call__slate__released_at__gt=timezone.now() - timedelta(days=30))
    for outcome in told.select_related("application", "call").order_by("-pk")[:5]:
        yield Todo(outcome.call, _("Read the answer to your application"), reverse("outcome", args=[outcome.application.reference]))


@todos
def of_staff(user: Any) -> Iterator[Todo]:
    """For each call of the user: applications to score, a list to put forward, votes, and what the coordinator does next."""
    calls = {role.call_id: role.call for role in user.roles_now}
    slates = {slate.call_id: slate for slate in Slate.objects.visible_to(user).filter(call__in=calls)} if calls else {}
    for call in calls.values():
        slate = slates.get(call.pk)
        if user.holds(*READERS, call=call):
            yield from _to_read(user, call)
        if user.holds("lead", call=call):
            yield from _to_lead(user, call, slate)
        if user.holds("coordinator", call=call) and timezone.now() >= call.deadline:
            yield from _to_coordinate(user, call, slate)


def _to_read(user: Any, call: Any) -> Iterator[Todo]:
    networks = {role.network_id for role in user.roles_now if role.call_id == call.pk and role.role in READERS}
    closed = Shortlist.objects.visible_to(user).ready().filter(call=call, network__in=networks).values("network")
    rows = Application.objects.read_by(user).filter(call=call, ineligibility=None).exclude(network__in=closed)
    if count := rows.exclude(scored_by(user)).count():
        words = ngettext("Read and score %(count)d application", "Read and score %(count)d applications", count) % {"count": count}
        yield Todo(call, words, f"{reverse('review_list', args=[call.slug])}?state=unscored", call.results_by)


def _to_lead(user: Any, call: Any, slate: Slate | None) -> Iterator[Todo]:
    networks = [network for network in networks_as(user, call, "lead") if may_rank(user, call, network)]
    if slate is None:
        ready = set(Shortlist.objects.visible_to(user).ready().filter(call=call).values_list("network", flat=True))
        for network in networks:
            if network.pk not in ready and not still_comes_in(call, network):
                words = _("Put the list of %(network)s forward") % {"network": network.name}
                yield Todo(call, words, reverse("shortlist", args=[call.slug, network.slug]), call.results_by)
    elif not slate.is_final:
        version = SlateVersion.objects.visible_to(user).exclude(frozen_at=None).filter(slate=slate, number=slate.version).first()
        voted = set(Approval.objects.visible_to(user).filter(version=version).values_list("network", flat=True)) if version else set()
        for network in networks:
            if version and network.pk not in voted:
                words = _("Vote for %(network)s on version %(version)d") % {"network": network.name, "version": version.number}
                yield Todo(call, words, f"{reverse('board', args=[call.slug])}#ballot", call.results_by)


def _to_coordinate(user: Any, call: Any, slate: Slate | None) -> Iterator[Todo]:
    board = reverse("board", args=[call.slug])
    if slate is None:
        states = readiness(call)
        ready = sum(is_ready for _network, is_ready in states)
        if ready == len(states):
            yield Todo(call, _("Open the lists: every network is ready"), board, call.results_by)
        else:
            words = _("Wait for the lists (ready: %(ready)d of %(total)d networks)") % {"ready": ready, "total": len(states)}
            yield Todo(call, words, board, call.results_by)
        return
    if not slate.is_final:
        version = SlateVersion.objects.visible_to(user).get(slate=slate, number=slate.version)
        if not version.frozen_at:
            yield Todo(call, _("Freeze version %(version)d for the vote") % {"version": version.number}, board, call.results_by)
            return
        votes = standing(call, version)
        if votes.is_approved:
            yield Todo(call, _("Make the selection final"), reverse("final", args=[call.slug]), call.results_by)
        else:
            words = _("Wait for the votes on version %(version)d: %(yes)d yes, %(no)d no") % {
                "version": version.number,
                "yes": votes.yes,
                "no": votes.no,
            }
            yield Todo(call, words, board, call.results_by)
    elif not slate.is_released:
        yield Todo(call, _("Look at the letters and release the answers"), reverse("outcomes", args=[call.slug]), call.results_by)
