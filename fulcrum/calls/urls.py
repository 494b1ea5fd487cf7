from django.urls import path

from fulcrum.calls import editing_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("calls/", views.calls, name="calls"),
    path("calls/<slug:slug>/", views.call, name="call"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("work/<slug:slug>/texts/", views.texts, name="call_texts"),
    path("work/<slug:slug>/texts/<slug:key>/", views.text, name="call_text"),
    path("work/<slug:slug>/questions/", editing_views.form_questions, name="form_questions"),
    path("work/<slug:slug>/questions/<slug:key>/", editing_views.form_question, name="form_question"),
    path("work/<slug:slug>/questions/<slug:key>/move/", editing_views.move, name="move_question"),
    path("work/<slug:slug>/dates/", views.dates, name="call_dates"),
]
