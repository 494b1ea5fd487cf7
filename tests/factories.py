"""Objects for tests, made by the verbs that people use where there is one."""

import time
from typing import Any

import factory
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from applications import services as applying
from applications.answers.services import write_answer
from applications.application import Application
from fulcrum.calls.places import House, Municipality, plain
from fulcrum.people.models import Role, User
from fulcrum.people.services import give_role


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"person{number}@example.org")
    name = factory.Faker("name")


class MunicipalityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Municipality

    country = "LV"
    lau_code = factory.Sequence(lambda number: f"{number:07d}")
    name = factory.Sequence(lambda number: f"Kuldīga {number}")
    region = "LV003"
    degree = 3
    search = factory.LazyAttribute(lambda row: f"|{plain(row.name)}")


class HouseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = House
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Kultūras centrs {number}")
    municipality = factory.SubFactory(MunicipalityFactory)

    @factory.post_generation
    def networks(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted:
            self.networks.set(extracted)


def staff(*, call: Any, role: str, network: Any = None, person: User | None = None) -> User:
    """A person with a role and an authenticator app."""
    person = person or UserFactory()
    give_role(person, role=Role.Kind(role), call=call, network=network, by=None)
    if not Authenticator.objects.filter(user=person).exists():
        TOTP.activate(person, generate_totp_secret())
    return person


def sign_in(client: Any, person: User, *, fresh: bool = True) -> Any:
    """The client, signed in as the person by a code, lately or an hour ago."""
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    at = time.time() - (0 if fresh else 3600)
    proofs = ["code", "mfa"] if Authenticator.objects.filter(user=person).exists() else ["code"]
    session["account_authentication_methods"] = [{"method": proof, "at": at} for proof in proofs]
    session.save()
    return client


def draft(*, call: Any, network: Any, person: User | None = None) -> Application:
    """A draft with the doors passed."""
    doors = dict.fromkeys(call.eligibility.values_list("key", flat=True), True)
    return applying.start(call, network=network, eligibility=doors, language="lv", by=person or UserFactory())


def fill(application: Application, *, house: House | None = None) -> Application:
    """Everything that a draft needs to be sent."""
    person = application.person
    house = house or HouseFactory(networks=[application.network])
    values = {"name": person.name or "Inga", "role": "vadītāja", "mandate": "Es lemju par programmu.", "gender": "woman", "house": house, "staff": 1}
    applying.save_page(application, values=values, by=person)
    for question in application.call.questions.filter(required=True):
        write_answer(application, question=question, text=f"Atbilde: {question.key}.", seen=None, language="lv", by=person)
    return applying.agree(application, by=person)
