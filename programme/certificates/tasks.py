from celery import shared_task

from programme.certificates import services


@shared_task(name="certificates.draw")
def draw(pk: int) -> None:
    services.draw_certificate(pk)
