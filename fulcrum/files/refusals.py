"""Why a file is not taken, in sentences for the person who sent it."""

from django.utils.translation import gettext as _

from fulcrum.ui.templatetags.ui import size_in_words


def sentence(why: str, most: int) -> str:
    """What to tell a person, and how to go on; `most` is the size of the largest file on this way."""
    sentences = {
        "missing": _("Choose a file first."),
        "empty": _("The file is empty. Open it on your device first, and choose it again."),
        "not_media": _("This is no recording that we can open. Save it as MP4, MOV, WebM, MP3, M4A, OGG or WAV and upload it again."),
        "too_large": _("The file is larger than %(limit)s. Record it again in a smaller format, or ask your network to help.")
        % {"limit": size_in_words(most)},
        "quota": _("Your recordings take all the room we have for one person. Remove one first."),
        "no_room": _("There is no room for the file just now. Nothing is lost: try again in an hour, or send it to your network."),
    }
    return sentences[why]
