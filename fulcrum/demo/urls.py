from django.urls import path

from fulcrum.demo import views

urlpatterns = [
    path("demo/", views.people, name="demonstration"),
    path("demo/person/", views.switch_person, name="switch_person"),
    path("demo/move/", views.move_call, name="move_call"),
]
