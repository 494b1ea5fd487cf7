from django.apps import AppConfig


class SelectionConfig(AppConfig):
    name = "selection"

    def ready(self) -> None:
        from applications.application import concealed
        from applications.assistance.services import judged_by
        from applications.deadlines.services import asked_for_time
        from applications.doubles.services import rehoused
        from applications.needs.models import no_longer_needed
        from applications.services import told_of_withdrawal
        from applications.standing import answered
        from fulcrum.calls.services import told_of_extensions
        from fulcrum.work.invariants import invariant
        from selection import mydata, todos  # noqa: F401 - `todos` registers what waits for whom
        from selection.assessments.models import concealed_from, has_judged
        from selection.houses import follow_house
        from selection.outcomes.models import told_not_selected
        from selection.outcomes.services import forget_needs, told_at, told_of_release, untold_outcomes
        from selection.shortlists.services import let_go, overfull_lists, refuse_time
        from selection.slates.services import broken_slates, refuse_extension

        rehoused.append(follow_house)
        concealed.append(concealed_from)
        answered.append(told_at)
        no_longer_needed.append(told_not_selected)
        told_of_release.append(forget_needs)
        judged_by.append(has_judged)
        told_of_withdrawal.append(let_go)
        told_of_extensions.append(refuse_extension)
        asked_for_time.append(refuse_time)
        mydata.register()
        invariant(overfull_lists)
        invariant(broken_slates)
        invariant(untold_outcomes)
