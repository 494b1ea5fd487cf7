"""Writing down what is said in a recording: by a model where an operator gave one, by candidates and staff in any case."""

import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from applications.answers.models import Answer
from applications.application import Application
from applications.recordings.cues import Cue, cues_of
from applications.recordings.models import Transcript, TranscriptVersion
from applications.services import Conflict, NotAllowed, changing, lock
from fulcrum.audit.services import record
from fulcrum.files.children import Crashed, Gone, OutOfTime, one_at_a_time, run_script
from fulcrum.files.models import StoredFile
from fulcrum.guard.querysets import everything
from fulcrum.work.models import Job
from fulcrum.work.services import sweeps, wake

log = logging.getLogger(__name__)
SECONDS = 2 * 3600  # that a model may take for one recording
Source = TranscriptVersion.Source


def transcript_wanted(stored: StoredFile) -> None:
    """A recording has passed its check: where there is a model, it is to be written down, in the language of its answer."""
    if not settings.TRANSCRIPT_MODEL:
        return
    with everything("a recording passed its check"):
        answer = Answer.objects.filter(file=stored).first()
        if answer is None:
            return
        row, made = Transcript.objects.get_or_create(file=stored, defaults={"language": answer.language})
    if made:
        wake("transcripts.transcribe", row.pk)


def transcribe(pk: int) -> None:
    """Let the model write the recording down. A version that a person wrote meanwhile stays the one that counts. Safe to repeat."""
    if not settings.TRANSCRIPT_MODEL:
        return
    with one_at_a_time() as free:
        if not free:
            return
        with everything("the worker transcribes for all"):
            row: Transcript | None = Transcript.objects.lease(pk)
        if row is None:
            return
        try:
            cues = _listen(row)
        except Gone:
            return
        except (OSError, OutOfTime, Crashed) as error:
            log.warning("transcript %s waits: %s", pk, type(error).__name__)
            row.put_off(type(error).__name__)
            return
        _keep(row, cues)


def _listen(row: Transcript) -> list[Cue]:
    """The passages that the model hears, from a process of its own: a model takes gigabytes, and gives them back with it."""
    with everything("the worker transcribes for all"):
        stored = StoredFile.objects.get(pk=row.file_id)
    script = Path(__file__).with_name("whisper.py")
    heard = run_script(script, settings.TRANSCRIPT_MODEL, str(stored.web_path), row.language, seconds=SECONDS, wanted=row.hold, isolation="-P")
    return [Cue(round(start, 2), round(end, 2), " ".join(text.split())) for start, end, text in heard if text.strip()]


@transaction.atomic
def _keep(row: Transcript, cues: list[Cue]) -> None:
    with everything("the worker transcribes for all"):
        now = Transcript.objects.select_for_update(of=("self",), no_key=True).filter(pk=row.pk).first()
        if now is None or not row.finish():
            return
        if now.current_id is None:
            now.current = TranscriptVersion.objects.create(transcript=now, number=1, source=Source.AUTOMATIC, cues=cues)
            now.save(update_fields=["current"])


@transaction.atomic
def correct(answer: Answer, *, lines: str, seen: int, by: Any) -> TranscriptVersion:
    """Write the transcript of a recorded answer, or correct it, as its candidate until the deadline or as staff who read it.

    Adds a version, and an audit entry; `seen` is the number of the version that was corrected, 0 for none. Returns the version.
    Raises NotAllowed, NotInTime, and Conflict with the version that stands when it is another one by now.
    """
    own = answer.application.person_id == by.pk
    application = lock(answer.application, by=by) if own else _lock_to_read(answer.application, by)
    with everything("a version after the last: the right was asked above"):
        stored = StoredFile.objects.filter(answer=answer).first()
        if stored is None or stored != answer.file:  # replaced meanwhile
            raise NotAllowed
        row, _made = Transcript.objects.get_or_create(file=stored, defaults={"language": answer.language, "job": Job.DONE})
        row = Transcript.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
        stands = row.versions.first()
        number = stands.number if stands else 0
        if number != seen:
            raise Conflict(stands)
        source = Source.CANDIDATE if own else Source.STAFF
        cues = cues_of(lines, stored.seconds or 1)
        row.current = TranscriptVersion.objects.create(transcript=row, number=number + 1, source=source, cues=cues, by=by)
        row.save(update_fields=["current"])
    changed = [f"answer {answer.question.key}"]
    if own:
        with changing(application, fields=changed, by=by):
            pass
    else:
        record("transcript written", by=by, call=application.call, subject=application, fields=changed)
    return row.current


def _lock_to_read(application: Application, by: Any) -> Application:
    """The application as staff read it, locked until the transaction ends. Raises NotAllowed."""
    rows = Application.objects.read_by(by).select_for_update(of=("self",), no_key=True).select_related("call", "person")
    found: Application | None = rows.filter(pk=application.pk).first()
    if found is None:
        raise NotAllowed
    return found


@sweeps
def transcribe_due() -> int:
    """Write down one recording that waits: it may take long, and other rooms wait too. Returns how many were taken."""
    if not settings.TRANSCRIPT_MODEL:
        return 0
    with everything("the worker transcribes for all"):
        due = list(Transcript.objects.due().order_by("due_at").values_list("pk", flat=True)[:1])
    for pk in due:
        transcribe(pk)
    return len(due)


def unwritten() -> list[str]:
    """Invariant: a model wrote down what it was given, or a person has been asked to look at it."""
    with everything("invariant"):
        failed = list(Transcript.objects.filter(job=Job.FAILED, current=None).order_by("pk").values_list("pk", flat=True))
    return [f"recordings: transcript {pk} could not be made." for pk in failed]
