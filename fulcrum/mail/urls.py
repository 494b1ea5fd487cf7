from django.urls import path

from fulcrum.mail import views

urlpatterns = [
    path("work/letters/", views.outbox, name="outbox"),
    path("work/letters/<int:pk>/again/", views.send_again, name="send_again"),
]
local = [
    path("mail/", views.mailbox, name="mailbox"),
    path("mail/<int:pk>/", views.letter, name="letter"),
    path("mail/<int:pk>/html/", views.letter_html, name="letter_html"),
]
