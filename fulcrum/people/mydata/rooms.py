"""What the rooms under this one hold of a person: the account, letters, recordings."""

from collections.abc import Iterator
from pathlib import Path

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulcrum.files.models import StoredFile
from fulcrum.files.services import discard
from fulcrum.files.uploads.services import forget_uploads
from fulcrum.guard.querysets import everything
from fulcrum.mail.models import Letter, Message
from fulcrum.people.models import User
from fulcrum.people.mydata.held import erases, keeps, leads, shows_only
from fulcrum.people.mydata.services import erasers, foretold, originals


def of_account(person: User) -> Iterator[str]:
    yield _("Your name, your address, your ways to sign in and every letter to you are erased at once.")


def recordings(person: User) -> Iterator[tuple[str, Path]]:
    """The recordings of a person as they gave them."""
    with everything("a person's own data"):
        rows = list(StoredFile.objects.filter(owner=person).order_by("pk"))
    for row in rows:
        end = "".join(letter for letter in row.given_name.rpartition(".")[2].lower() if letter.isalnum())[:5]
        yield f"recordings/{row.pk}.{end or row.kind}", row.path


def erase_recordings(person: User) -> None:
    """Recordings go, those too that are still on their way."""
    forget_uploads(person)
    with everything("erasure"):
        for row in StoredFile.objects.filter(owner=person):
            discard(row)


def erase_letters(person: User) -> None:
    """Letters go, those too that were still to be delivered."""
    with everything("erasure"):
        Message.objects.filter(Q(person=person) | Q(address=person.email)).delete()
    Letter.objects.filter(to=person.email).delete()


def register() -> None:
    leads("mail.Message", lambda person: Q(person=person) | Q(address=person.email))
    shows_only("mail.Message", lambda person: Q(secret=False))  # a code opens the account
    leads("mail.Letter", lambda person: Q(to=person.email))
    erases("people.User", "mail.Message", "mail.Letter", "files.StoredFile", "files.Upload")
    keeps(
        "people.Role",
        gettext_lazy("The roles that you held"),
        gettext_lazy("Who was answerable for what stays on record, under a number without a name."),
    )
    originals.append(recordings)
    erasers.extend([erase_letters, erase_recordings])
    foretold.append(of_account)
