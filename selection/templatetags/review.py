"""The lines of the list of applications: fifty of them in a template cost several times as much."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fulcrum.ui.templatetags.ui import icon

register = template.Library()

LINE = (
    '<tr><th scope="row"><a class="person__name" href="{}/{}">{}</a><span class="person__sub">{}</span></th>'
    "<td %(origin)s>{}</td><td %(size)s>{}</td><td %(recordings)s><span>{}</span></td>"
    '<td %(reading)s><span><span class="tag tag--{}">{}</span>{}</span></td>'
    '<td %(score)s class="num"><span>{} <span class="small quiet">({})</span></span></td><td %(standing)s><span>{}{}</span></td></tr>\n'
)


@register.simple_tag
def list_headings() -> dict[str, str]:
    """The heading of each column by a name."""
    return {
        "person": _("Person and house"),
        "origin": _("Origin"),
        "size": _("Size"),
        "recordings": _("Recordings"),
        "reading": _("My reading"),
        "score": _("Score (by how many)"),
        "standing": _("Standing"),
    }


@register.simple_tag
def lines(rows: Iterable[Any], filters: str) -> SafeString:
    """A line of the table for each row; `filters` go along with the link to the application."""
    line = LINE % {name: format_html('data-label="{}"', heading) for name, heading in list_headings().items()}
    icons = {"video": icon("video", _("Video")), "audio": icon("mic", _("Audio"))}
    written = format_html('<span class="quiet">{}</span>', _("Written"))
    changed = format_html(' <span class="changed">{}</span>', _("Changed since you read it"))
    none = format_html('<span class="quiet">{}</span>', "–")
    drawn = []
    for row in rows:
        recordings = format_html_join("", "{} {} ", ((icons[kind], length) for kind, length in row.recordings)) if row.recordings else written
        standing = format_html('<span class="tag tag--{}">{}</span>', row.signal, row.standing) if row.standing else none
        director = format_html('<span class="person__sub">{}</span>', row.director) if row.director else ""
        drawn.append(
            format_html(
                line,
                *(row.reference, filters, row.name, row.home, row.origin, row.size, recordings),
                *(row.colour, row.reading, changed if row.changed else "", row.score, row.done, standing, director),
            )
        )
    return mark_safe("".join(drawn))
