"""Text that people type: what is kept of it, and the form fields that keep it so."""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import ngettext

# Control characters but tab and line feed; marks that reorder or hide text; lone surrogates
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_WORD = re.compile(r"\w[\w'’.-]*", re.UNICODE)


def clean_text(value: str) -> str:
    """The text in NFC, with line feeds only, and without characters that control or reorder what is shown."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", value))


def count_words(text: str) -> int:
    """How many words a text has; "d'art", "co-op" and "3.5" count as one each, as they do in words.js."""
    return len(_WORD.findall(text))


class _Clean:
    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "\0" not in value:  # Django's own validator answers for a NUL
            value = clean_text(value)
        return super().to_python(value)  # type: ignore[misc]


class LineField(_Clean, forms.CharField):
    """One line of text."""

    def __init__(self, *, max_length: int = 200, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return " ".join(value.split()) if isinstance(value, str) else value


class ProseField(_Clean, forms.CharField):
    """Several lines of text, in at most `max_words` words where it is given."""

    def __init__(self, *, max_length: int = 20_000, max_words: int | None = None, rows: int = 6, **kwargs: Any) -> None:
        attrs: dict[str, Any] = {"rows": rows}
        if max_words:
            attrs["data-max-words"] = max_words
        self.max_words = max_words
        super().__init__(max_length=max_length, widget=forms.Textarea(attrs=attrs), **kwargs)
        self.widget.attrs.pop("maxlength", None)  # nothing typed or pasted is cut off in silence

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.max_words and (over := count_words(value) - self.max_words) > 0:
            raise forms.ValidationError(
                ngettext(
                    "This is %(over)d word over the limit of %(limit)d. Shorten it a little.",
                    "This is %(over)d words over the limit of %(limit)d. Shorten it a little.",
                    over,
                )
                % {"over": over, "limit": self.max_words},
                code="too_many_words",
            )
