"""The whole form of a call, to read before starting: made from the forms themselves and from the questions of the call."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from applications.application import Application
from applications.eligibility.forms import DoorsForm
from applications.forms import AboutForm, ConsentForm
from applications.houses.forms import FactsForm, HouseForm, OtherHouseForm
from applications.needs.forms import MoneyForm, NeedsForm
from fulcrum.calls.conditions import in_words
from fulcrum.calls.models import Call
from fulcrum.ui.documents import Document, Entry, Part, plain_text
from fulcrum.ui.templatetags.texts import until

LISTED = 12  # a choice among more than so many is not written out


def outline(call: Call) -> list[Part]:
    """Every task of the form with its fields: what is asked, what may be chosen, limits, what is optional, who reads it.

    In the current language. Asks for networks, conditions of applying, texts and questions once each.
    """
    doors = DoorsForm(call=call)
    return [
        Part(_("Check that you can apply"), _doors(call, doors), _("Read by the staff of the network that you choose.")),
        Part(
            _("Tell us about yourself"),
            _entries(AboutForm()),
            _("Read by the staff of your network, and by the partners once it puts you on its list. Gender counts only in figures about balance."),
        ),
        Part(
            _("Name your house"),
            [
                Entry(str(HouseForm.base_fields["house"].label), _("You choose it from the list of your network's members. If it is not there:")),
                *_entries(OtherHouseForm.base_fields, leave_out=["municipality"]),
            ],
            _("Read by the staff of your network and by all partners: the final choice balances urban and rural areas."),
        ),
        Part(
            _("Describe your house"),
            _entries(FactsForm(instance=Application(call=call)), optional=False),
            _("Rough figures are enough, and one of the first four. They tell whether your house is small, medium or large. All partners read that."),
        ),
        Part(_("Your answers"), _questions(call, doors), _("Answer each in the way that suits you: all ways count the same.")),
        Part(
            _label(_("Say what you need to take part"), True),
            _entries(NeedsForm(consent=str(call.text("needs_consent")))),
            plain_text(call.text("needs_intro")),
        ),
        Part(
            _label(_("Ask for support with money"), True),
            _entries(MoneyForm(consent=str(call.text("money_consent") or call.text("needs_consent")))),
            plain_text(call.text("money_intro")),
        ),
        Part(_("Agree how your data is used"), _entries(ConsentForm(text=str(call.text("consent"))))),
    ]


def document_of(call: Call, parts: list[Part], language: str | None = None) -> Document:
    """The whole form as a document, in `language` or the current one."""
    language = language or get_language() or "en"
    with override(language):
        deadline = _("Deadline: %(moment)s") % {"moment": until(call.deadline, call)}
        return Document(
            language=language,
            title=_("The questions, before you start"),
            subtitle=str(call.name),
            head=str(call.short_name),
            text=f"{deadline}\n\n{plain_text(call.text('before_you_start'))}",
            parts=parts,
        )


def _doors(call: Call, doors: DoorsForm) -> list[Entry]:
    field: Any = doors.fields["network"]
    names = [field.label_from_instance(part.network) for part in call.partners]
    return [Entry(str(field.label), str(field.help_text), choices=names), *_entries(doors, leave_out=["network"])]


def _entries(form: Any, *, optional: bool | None = None, leave_out: Iterable[str] = ()) -> list[Entry]:
    """The fields of a form, or of its class, as entries; `optional` says it of all of them."""
    fields: dict[str, forms.Field] = getattr(form, "fields", form)
    kept = [field for name, field in fields.items() if name not in leave_out]
    return [_entry(field, optional=not field.required if optional is None else optional) for field in kept]


def _entry(field: forms.Field, *, optional: bool) -> Entry:
    choices = [str(label) for _value, label in getattr(field, "choices", None) or []]
    if len(choices) > LISTED:
        choices = [_("One of a list of %(number)d") % {"number": len(choices)}]
    return Entry(_label(str(field.label), optional), str(field.help_text), choices=choices, notes=[limit] if (limit := _limit(field)) else [])


def _label(label: str, optional: bool) -> str:
    return f"{label} {_('(optional)')}" if optional else label


def _limit(field: forms.Field) -> str:
    if not isinstance(field, forms.CharField) or not field.max_length:
        return ""
    return ngettext("Up to %(number)d character", "Up to %(number)d characters", field.max_length) % {"number": field.max_length}


def _questions(call: Call, doors: DoorsForm) -> list[Entry]:
    questions = list(call.questions.all())
    networks = [part.network for part in call.partners]
    found = []
    for question in questions:
        notes = [question.limits, in_words(question.condition, questions=questions, networks=networks, eligibility=doors.conditions)]
        if str(question.purpose):
            notes.append(_("What it is for: %(purpose)s") % {"purpose": question.purpose})
        if str(question.readers):
            notes.append(_("Who reads it: %(readers)s") % {"readers": question.readers})
        label = _label(str(question.title), not question.required)
        found.append(Entry(label, str(question.hint), notes=[note for note in notes if note]))
    return found
