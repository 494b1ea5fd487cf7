from celery import shared_task

from fulcrum.files import services


@shared_task(name="files.check")
def check(pk: int) -> None:
    services.check(pk)
