from django.urls import path

from fulcrum.calls import views

urlpatterns = [
    path("", views.home, name="home"),
    path("calls/", views.calls, name="calls"),
    path("calls/<slug:slug>/", views.call, name="call"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("work/<slug:slug>/texts/", views.texts, name="call_texts"),
    path("work/<slug:slug>/texts/<slug:key>/", views.text, name="call_text"),
    path("work/<slug:slug>/dates/", views.dates, name="call_dates"),
]
