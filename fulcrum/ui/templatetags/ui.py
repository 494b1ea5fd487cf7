"""What pages draw themselves with: icons, the ring of progress, links between languages and pages, fields and their errors."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

register = template.Library()

NOTICE_ICONS = {"info": "info", "success": "circle-check", "warning": "triangle-alert", "error": "circle-alert"}
MESSAGE_KINDS = {"debug": "info"}
RADIUS = 26
CIRCUMFERENCE = 163.36


@register.simple_block_tag
def once(content: SafeString) -> SafeString:
    """What stands inside, to be kept `as` a variable: rendered once where a page shows it twice."""
    return content


# Drawings


@register.simple_tag
@lru_cache(maxsize=500)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite: decoration, or an image with a name when `label` says what it means."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', spoken, static("vendor/icons.svg"), name)


@register.simple_tag
def progress_ring(done: int, total: int) -> SafeString:
    """A ring of as many segments as there are tasks, the finished ones filled."""
    total = max(int(total), 1)
    done = min(max(int(done), 0), total)
    share = CIRCUMFERENCE / total
    dash = max(share - 3, 0.5) if total > 1 else share
    segments = format_html_join(
        "",
        '<circle cx="32" cy="32" r="{}" fill="none" stroke="{}" stroke-width="8" stroke-dasharray="{} {}" '
        'stroke-dashoffset="{}" transform="rotate(-90 32 32)"/>',
        (
            (
                RADIUS,
                "#1B6E46" if number < done else "#E3DACB",
                f"{dash:.2f}",
                f"{CIRCUMFERENCE - dash:.2f}",
                f"{-share * number:.2f}",
            )
            for number in range(total)
        ),
    )
    label = _("%(done)s of %(total)s tasks done") % {"done": done, "total": total}
    return format_html(
        '<svg class="ring" width="64" height="64" viewBox="0 0 64 64" role="img" aria-label="{}">{}'
        '<text x="32" y="38" text-anchor="middle" fill="#17172B">{}/{}</text></svg>',
        label,
        segments,
        done,
        total,
    )


@register.simple_tag
def qr_code(svg: str, label: str) -> SafeString:
    """A QR code that a library drew, inline: its path alone, so that nothing else of the file reaches the page."""
    box = re.search(r'viewBox="([\d .]+)"', svg)
    path = re.search(r'<path[^>]* d="([MmHhVvLlZz\d ,.-]+)"', svg)
    if not box or not path:
        return mark_safe("")
    return format_html('<svg viewBox="{}" role="img" aria-label="{}"><path d="{}" fill="#000"/></svg>', box.group(1), label, path.group(1))


@register.filter
def notice_icon(kind: str) -> str:
    return NOTICE_ICONS.get(kind, "info")


@register.filter
def notice_kind(tags: str) -> str:
    """The kind of notice for the tags of a message."""
    kind = (tags or "info").split()[-1]
    return MESSAGE_KINDS.get(kind, kind)


@register.filter
def initials(person: Any) -> str:
    """Up to two letters that stand for a person, from the name or the address."""
    words = re.findall(r"\w+", str(person).split("@")[0])
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


# Links


class Language(NamedTuple):
    code: str
    name: str
    url: str
    current: bool


@register.inclusion_tag("components/languages.html", takes_context=True)
def language_links(context: template.Context) -> dict[str, list[Language]]:
    """This page in each language; a page without languages leads to the start page of each, or to the `language_path` of its context."""
    request: HttpRequest | None = context.get("request")
    path = request.get_full_path() if request else "/"
    now = translation.get_language()
    links = []
    within = context.get("language_path") or (path[3:] if path.startswith(f"/{now}/") else "/")
    for code, _name in settings.LANGUAGES:
        url = f"/{code}{within}"
        links.append(Language(code, capfirst(translation.get_language_info(code)["name_local"]), url, code == now))
    return {"languages": links}


@register.simple_tag(takes_context=True)
def page_url(context: template.Context, number: int) -> str:
    """This list at another page, its filters kept."""
    query = context["request"].GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


# Fields


class FieldError(NamedTuple):
    anchor: str
    message: str


def anchor_of(field: BoundField) -> str:
    """The id of the control that takes the focus: of a group its first one."""
    if field.is_hidden:
        return ""
    widget, own = field.field.widget, field.id_for_label
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{field.auto_id}_0"
    if isinstance(widget, forms.MultiWidget):
        return f"{field.auto_id}_0"
    return own or field.auto_id


@register.simple_tag
def errors_of(form: forms.BaseForm | BaseFormSet | None) -> list[FieldError]:
    """What is wrong in a form or formset, in the order of its fields, each with the control it leads to."""
    if form is None or not hasattr(form, "errors"):
        return []
    if isinstance(form, BaseFormSet):
        own = [FieldError("", str(message)) for message in form.non_form_errors()]
        return own + [error for one in form.forms for error in errors_of(one)]
    found = [FieldError("", str(message)) for message in form.non_field_errors()]
    for field in form:
        found += [FieldError(anchor_of(field), str(message)) for message in field.errors]
    return found


@register.filter
def field_kind(field: BoundField) -> str:
    """Which of the pack's shapes a field takes: hidden, checkbox, radios, checkboxes, parts or plain."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.MultiWidget | forms.SelectDateWidget):
        return "parts"
    return "file" if isinstance(widget, forms.FileInput) else "plain"


@register.filter
def widget_attr(field: BoundField, name: str) -> Any:
    return field.field.widget.attrs.get(name, "")


@register.simple_tag
def described_by(field: BoundField) -> str:
    """The ids of what is said about a field: hint, kinds of file, error, words."""
    ids = []
    if field.help_text:
        ids.append(f"{field.auto_id}_hint")
    if file_hint(field):
        ids.append(f"{field.auto_id}_kinds")
    if field.errors:
        ids.append(f"{field.auto_id}_error")
    if field.field.widget.attrs.get("data-max-words"):
        ids.append(f"{field.auto_id}_words")
    return " ".join(ids)


@register.filter
def size_in_words(size: int) -> str:
    """A size in words, without a needless decimal."""
    return re.sub(r"[.,]0(?=\D)", "", filesizeformat(size))


@register.simple_tag
def file_hint(field: BoundField) -> str:
    """Which files a field takes, in words: from data-kinds or accept, and data-max-bytes."""
    attrs = field.field.widget.attrs
    if not isinstance(field.field.widget, forms.FileInput):
        return ""
    kinds = str(attrs.get("data-kinds", ""))
    if not kinds:
        listed = [entry.strip() for entry in str(attrs.get("accept", "")).split(",") if entry.strip().startswith(".")]
        kinds = ", ".join(entry[1:].upper() for entry in listed)
    size = size_in_words(attrs["data-max-bytes"]) if attrs.get("data-max-bytes") else ""
    if kinds and size:
        return _("Accepted: %(kinds)s, up to %(size)s.") % {"kinds": kinds, "size": size}
    if kinds:
        return _("Accepted: %(kinds)s.") % {"kinds": kinds}
    return _("Up to %(size)s.") % {"size": size} if size else ""


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The control itself, wired to its hint, error and counter."""
    widget = field.field.widget
    attrs: dict[str, str | bool] = {}
    if described := described_by(field):
        attrs["aria-describedby"] = described
    if widget.attrs.get("data-max-words"):
        attrs["data-counter"] = f"{field.auto_id}_words"
    if isinstance(widget, forms.FileInput) and widget.attrs.get("data-max-bytes"):
        size = size_in_words(widget.attrs["data-max-bytes"])
        attrs["data-too-large"] = _("This file is too large. Choose one of at most %(size)s.") % {"size": size}
        attrs["data-wrong-kind"] = _("This kind of file cannot be used. %(hint)s") % {"hint": file_hint(field)}
        attrs["data-failed"] = _("The file did not arrive. Try again; nothing else on this page is lost.")
        attrs = {name: value for name, value in attrs.items() if name not in widget.attrs}
    return field.as_widget(attrs=attrs)


class Choice(NamedTuple):
    id: str
    label: str
    hint: str
    icon: str
    tag: SafeString


@register.simple_tag
def choices(field: BoundField) -> list[Choice]:
    """The options of a group. A widget may carry `hints` and `icons`, each keyed by the value of the option."""
    widget = field.field.widget
    hints, icons = getattr(widget, "hints", {}), getattr(widget, "icons", {})
    found = []
    for option in field:
        value = str(option.data["value"])
        for name in ("data-cards", "data-heading", "aria-invalid"):
            option.data["attrs"].pop(name, None)
        found.append(Choice(option.id_for_label or "", option.choice_label, hints.get(value, ""), icons.get(value, ""), option.tag()))
    return found


class Part(NamedTuple):
    id: str
    label: str
    tag: SafeString


def _parts(field: BoundField) -> Iterator[Part]:
    widget = field.field.widget
    names = {"day": _("Day"), "month": _("Month"), "year": _("Year"), "hour": _("Hour"), "minute": _("Minute")}
    attrs = field.build_widget_attrs({"id": field.auto_id})
    context = widget.get_context(field.html_name, field.value(), attrs)
    for part in context["widget"]["subwidgets"]:
        label = part["attrs"].pop("data-label", "") or names.get(part["name"].rpartition("_")[2], part["name"])
        html = field.form.renderer.render(part["template_name"], {"widget": part})
        yield Part(part["attrs"].get("id", ""), label, mark_safe(html))


@register.simple_tag
def parts(field: BoundField) -> list[Part]:
    """The controls of a field in parts, each with its own label: `data-label` of the part, or its name."""
    return list(_parts(field))
