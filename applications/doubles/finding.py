"""What may be one house, or one person, under two names: found anew each time from what the user may see."""

from typing import Any

from applications.application import Application
from applications.doubles.models import Apart, ordered
from applications.doubles.policy import networks_led, networks_sorted
from fulcrum.calls.likeness import Named, doubles
from fulcrum.calls.models import Call
from fulcrum.calls.places import House, plain

Pair = tuple[str, str]  # two keys, in order


def _kept(pairs: list[tuple[Named, Named]]) -> list[Pair]:
    """The pairs by their keys, without those that staff found to be different."""
    keys = [ordered(one.key, other.key) for one, other in pairs]
    apart = Apart.objects.pairs({key for pair in keys for key in pair})
    return [pair for pair in keys if pair not in apart]


def _members(networks: Any) -> list[Named]:
    rows = House.objects.filter(networks__in=networks).distinct().order_by("pk").values_list("pk", "name", "municipality", "postcode")
    return [Named(f"house {pk}", name, place, postcode) for pk, name, place, postcode in rows]


def house_pairs(user: Any, call: Call) -> list[Pair]:
    """Listed houses of the user's networks that may be one. Two queries."""
    return _kept(doubles(_members(networks_sorted(user, call))))


def typed_pairs(user: Any, call: Call) -> list[Pair]:
    """Houses that were typed in what was sent to the networks that the user leads, beside a member of the same network. Few queries a network."""
    found = []
    for network in networks_led(user, call):
        sent = Application.objects.read_by(user).filter(call=call, network=network).exclude(typed_house="")
        typed = [Named(f"application {pk}", name, place) for pk, name, place in sent.values_list("pk", "typed_house", "municipality") if place]
        if typed:
            pairs = doubles([*typed, *_members([network])])
            found += [pair for pair in pairs if {key.key.split()[0] for key in pair} == {"application", "house"}]
    return _kept(found)


def applicants(user: Any, call: Call) -> Any:
    """What was sent by people among whom the user looks: all of the call for its coordinator, a lead's own networks. Scoped."""
    if user.holds("coordinator", call=call):
        return Application.objects.sent_in(call)
    return Application.objects.read_by(user).filter(call=call, network__in=networks_led(user, call))


def people_pairs(user: Any, call: Call) -> list[Pair]:
    """People who sent something and may be one under two addresses: names that are alike, and the same phone or house. Two queries."""
    blocks: dict[str, int] = {}
    rows = []
    for application in applicants(user, call).select_related("house__municipality", "municipality").order_by("pk"):
        name = " ".join(sorted(plain(application.name).split()))
        digits = "".join(sign for sign in application.phone if sign.isdigit())
        marks = [f"house {application.house_key}", *([f"phone {digits[-8:]}"] if len(digits) >= 8 else [])]
        rows += [Named(f"person {application.person_id}", name, blocks.setdefault(mark, len(blocks))) for mark in marks if name]
    return sorted(set(_kept(doubles(rows))))


def pk_of(key: str) -> int:
    return int(key.split()[1])
