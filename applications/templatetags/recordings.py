"""The player of a recorded answer."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.recordings.playing import written

register = template.Library()


@register.inclusion_tag("components/player.html", takes_context=True)
def recording_player(context: template.Context, answer: Any, application: Any) -> dict[str, Any]:
    """The player of an answer's recording, for whoever reads the page: its candidate sees its name and state, staff what has passed."""
    user, stored = context["user"], answer.file
    own = application.person_id == user.pk
    version = written(answer) if stored.passed else None

    def url(name: str) -> str:
        return reverse(name, args=[application.reference, answer.question.key])

    recording = {
        "url": url("play_recording") if stored.passed or own else "",
        "kind": stored.kind,
        "title": stored.given_name if own else str(answer.question.short),
        "duration": stored.duration,
        "seconds": stored.seconds,
        "poster_url": url("recording_poster") if stored.passed and stored.poster else "",
        "peaks": stored.peaks if stored.passed else [],
        "original_url": url("original_recording") if own else "",
        "transcript_url": url("transcript") if stored.passed else "",
        "note": "" if stored.passed else _("This recording is being checked. It plays here once that is done."),
    }
    if own:
        recording["note"] = ""  # its own page says so in other words
    if version is not None:
        kind = _("automatic, unchecked") if version.is_automatic else version.get_source_display()
        recording |= {
            "captions_url": url("captions"),
            "language": answer.language_code or "und",
            "captions_label": f"{answer.language_name} ({kind})",
            "transcript": version,
        }
    return {"recording": recording}
