from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from applications.answers.models import OTHER_LANGUAGE, Answer
from fulcrum.calls.models import Question
from fulcrum.guard.text import LineField, ProseField


def languages() -> list[tuple[str, str]]:
    """The seven languages as their speakers name them, and any other one."""
    return [*((code, capfirst(get_language_info(code)["name_local"])) for code, _name in settings.LANGUAGES), (OTHER_LANGUAGE, _("Another language"))]


def said_of(answer: Answer | None) -> dict[str, str]:
    """What was said, with the page's language where nothing was."""
    if answer is None:
        return {"language": get_language() or "en"}
    return {"text": answer.text, "language": answer.language, "other_language": answer.other_language}


class LanguageForm(forms.Form):
    """In which language somebody answers: that of the page, if they say nothing."""

    language = forms.ChoiceField(label=_("The language of your answer"), choices=languages, required=False)
    other_language = LineField(
        label=_("If it is another language, which one?"),
        max_length=40,
        required=False,
        error_messages={"required": _("Say which language it is.")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["language"] = data.get("language") or self.initial.get("language") or get_language() or "en"
        if data["language"] != OTHER_LANGUAGE:
            data["other_language"] = ""
        elif not data.get("other_language") and "other_language" not in self.errors:
            self.add_error("other_language", forms.ValidationError(self.fields["other_language"].error_messages["required"], code="required"))
        return data


class TextForm(LanguageForm):
    """A written answer, and its language."""

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"] = ProseField(
            label=_("Your answer"),
            max_words=question.max_words,
            rows=10,
            required=question.required,
            error_messages={"required": _("Write an answer, or give it by voice or film.")},
        )
        self.order_fields(["text", "language", "other_language"])
