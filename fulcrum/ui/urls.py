from django.urls import path

from fulcrum.ui import views

urlpatterns = [
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/staff/", views.styleguide_staff, name="styleguide_staff"),
]
