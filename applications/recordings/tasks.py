from celery import shared_task

from applications.recordings import transcripts


@shared_task(name="transcripts.transcribe")
def transcribe(pk: int) -> None:
    transcripts.transcribe(pk)
