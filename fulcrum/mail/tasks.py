from celery import shared_task

from fulcrum.mail import services


@shared_task(name="mail.deliver")
def deliver(pk: int) -> None:
    services.deliver(pk)
