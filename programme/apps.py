from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "programme"

    def ready(self) -> None:
        from applications.doubles.services import rehoused
        from applications.needs.models import no_longer_needed, takes_part
        from fulcrum.work.invariants import invariant
        from programme import mydata, retention, todos  # noqa: F401 - registers what goes when its time is over, and what waits for whom
        from programme.certificates.services import altered_certificates
        from programme.seat import has_a_seat, passed_over
        from programme.seats.houses import follow_house
        from programme.seats.services import has_seat, offer_seats, seats_beyond_places
        from selection.outcomes.services import offered_since, told_of_release

        mydata.register()
        rehoused.append(follow_house)
        invariant(seats_beyond_places)
        invariant(altered_certificates)
        takes_part.append(has_a_seat)
        no_longer_needed.append(passed_over)
        told_of_release.append(offer_seats)
        offered_since.append(has_seat)
