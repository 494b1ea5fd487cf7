"""A call whose selection is released, made of rows: two networks with three places each, and reserves behind them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from applications.application import Application
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Message
from programme.attendance.models import Mark
from programme.seat import Seat
from programme.seats.services import accept, offer_seats
from selection.models import Outcome, Slate, SlateVersion
from tests import factories

RELEASED = datetime(2024, 5, 22, 10, 0, tzinfo=UTC)
ANSWER_BY = datetime(2024, 6, 5, 21, 59, tzinfo=UTC)
AFTER = datetime(2025, 4, 1, 10, 0, tzinfo=UTC)  # every unit is over


def applicant(call, network, *, gender="woman", degree=3, size="small", house=None, **values):
    """A sent application, as rows."""
    person = factories.UserFactory()
    house = house or factories.HouseFactory(municipality=factories.MunicipalityFactory(degree=degree), networks=[network])
    values = {"name": person.name, "language": "en"} | values
    return Application.objects.create(
        call=call,
        person=person,
        network=network,
        state="sent",
        gender=gender,
        size=size,
        house=house,
        sent_at=RELEASED,
        consented_at=RELEASED,
        **values,
    )


def outcome(application, kind, rank=None, of=3):
    return Outcome.objects.create(
        application=application,
        call=application.call,
        network=application.network,
        kind=kind,
        rank=rank,
        of=of,
        house=application.house_key,
        decided_at=RELEASED,
    )


def letters(kind, **which):
    """The letters of a kind in the outbox, in the order in which they were written."""
    with everything("a test looks"):
        return list(Message.objects.filter(kind=kind, **which).order_by("pk"))


def seats_held(**which):
    with everything("a test looks"):
        return list(Seat.objects.held().filter(**which).with_person().select_related("call").order_by("network", "number"))


@pytest.fixture
def released(call, alcc, cult, during_call):
    """Three selected and two reserves of two networks: all alike, so that every reserve keeps the balance. Seats are offered."""
    during_call.move_to(RELEASED)
    with everything("a test looks"):
        rows = SimpleNamespace(selected={}, reserves={})
        for network in (alcc, cult):
            applications = [applicant(call, network) for _place in range(5)]
            for rank, application in enumerate(applications, 1):
                outcome(application, "selected" if rank <= 3 else "reserve", rank)
            rows.selected[network.slug], rows.reserves[network.slug] = applications[:3], applications[3:]
        rows.unlucky = applicant(call, alcc)
        outcome(rows.unlucky, "not_selected")
        rows.slate = Slate.objects.create(call=call, opened_at=RELEASED, final_at=RELEASED, released_at=RELEASED, answer_by=ANSWER_BY)
        SlateVersion.objects.create(slate=rows.slate, number=1, frozen_at=RELEASED)
    offer_seats(rows.slate)
    return rows


@pytest.fixture
def seat_of():
    """The seat of an application as it stands now."""

    def find(application):
        with everything("a test looks"):
            return Seat.objects.with_person().select_related("call").get(application=application)

    return find


@pytest.fixture
def seat(released, seat_of):
    """An offered seat."""
    return seat_of(released.selected["alcc"][0])


@pytest.fixture
def holder(seat):
    return seat.application.person


@pytest.fixture
def accepted(seat, holder):
    return accept(seat, by=holder)


@pytest.fixture
def browser(during_call):
    """Signs a person in, in a browser of their own, at the moment where the clock stands."""
    return lambda person: factories.sign_in(Client(), person)


@pytest.fixture
def at(during_call):
    """Moves the clock; whoever is signed in stays so."""

    def move(moment, **later):
        during_call.move_to(moment + timedelta(**later))
        Session.objects.update(expire_date=moment + timedelta(days=400))

    return move


@pytest.fixture
def units(call):
    """The units of the call by their key."""
    return {unit.key: unit for unit in call.units.select_related("call")}


@pytest.fixture
def attend(units):
    """Notes who was where, as rows: `attend(seat, absent=["lab-2"])` is there everywhere else."""

    def note(seat, absent=(), made_up=(), only=None):
        for key, unit in units.items():
            if only is None or key in only:
                presence = "absent" if key in absent else "made_up" if key in made_up else "present"
                Mark.objects.create(seat=seat, unit=unit, presence=presence, at=unit.ends_at)

    return note
