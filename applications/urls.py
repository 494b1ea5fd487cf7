from django.urls import path

from applications import views
from applications.answers import views as answers
from applications.assistance import confirming
from applications.assistance import desk as help_desk
from applications.assistance import views as assistance
from applications.deadlines import views as deadlines
from applications.directors import views as directors
from applications.doubles import views as doubles
from applications.eligibility import views as eligibility
from applications.houses import views as houses
from applications.needs import desk
from applications.needs import views as needs
from applications.questions import views as questions
from applications.recordings import playing
from applications.recordings import views as recordings
from applications.versions import views as versions

own = "applications/<str:reference>"

urlpatterns = [
    path("calls/<slug:slug>/questions/", questions.questions, name="call_questions"),
    path("calls/<slug:slug>/questions.pdf", questions.questions_pdf, name="call_questions_pdf"),
    path("calls/<slug:slug>/apply/", eligibility.apply, name="apply"),
    path("calls/<slug:slug>/apply/house/", eligibility.find_house, name="find_house"),
    path("calls/<slug:slug>/apply/begin/", eligibility.begin, name="begin"),
    path("calls/<slug:slug>/apply/start/", eligibility.start, name="start"),
    path("calls/<slug:slug>/help/", assistance.help_page, name="help"),
    path("calls/<slug:slug>/help/<slug:network>/", assistance.ask_for_help, name="ask_for_help"),
    path("help/<int:pk>/", assistance.help_request, name="help_request"),
    path("help/<int:pk>/appointment.ics", assistance.appointment_file, name="appointment_file"),
    path("work/<slug:slug>/help/", help_desk.help_requests, name="help_requests"),
    path("work/<slug:slug>/help/start/", help_desk.start_for, name="start_for"),
    path("work/<slug:slug>/help/<int:pk>/", help_desk.help_case, name="help_case"),
    path("confirm/<str:token>/", confirming.confirm_link, name="confirm_link"),
    path("applications/", views.my_applications, name="my_applications"),
    path(f"{own}/", views.application, name="application"),
    path(f"{own}/doors/", eligibility.doors, name="application_doors"),
    path(f"{own}/about/", views.about, name="application_about"),
    path(f"{own}/director/", directors.ask, name="application_director"),
    path("work/<slug:slug>/doubles/", doubles.doubles, name="doubles"),
    path("work/<slug:slug>/doubles/houses/<int:first>/<int:second>/", doubles.house_pair, name="house_pair"),
    path("work/<slug:slug>/doubles/typed/<str:reference>/<int:pk>/", doubles.typed_pair, name="typed_pair"),
    path("work/<slug:slug>/doubles/people/<int:first>/<int:second>/apart/", doubles.people_apart, name="people_apart"),
    path("director/<str:token>/", directors.director, name="director"),
    path(f"{own}/house/", houses.house, name="application_house"),
    path(f"{own}/house/other/", houses.other_house, name="application_other_house"),
    path(f"{own}/facts/", houses.facts, name="application_facts"),
    path(f"{own}/answers/<slug:key>/", answers.answer, name="application_answer"),
    path(f"{own}/answers/<slug:key>/recording/", playing.play, name="play_recording"),
    path(f"{own}/answers/<slug:key>/recording/original/", playing.original, name="original_recording"),
    path(f"{own}/answers/<slug:key>/recording/poster/", playing.poster, name="recording_poster"),
    path(f"{own}/answers/<slug:key>/recording/waveform/", playing.waveform, name="recording_waveform"),
    path(f"{own}/answers/<slug:key>/recording/captions/", playing.captions, name="captions"),
    path(f"{own}/answers/<slug:key>/recording/transcript/", playing.transcript, name="transcript"),
    path(f"{own}/answers/<slug:key>/recording/remove/", recordings.remove, name="remove_recording"),
    path(f"{own}/answers/<slug:key>/<slug:channel>/language/", answers.language, name="answer_language"),
    path(f"{own}/answers/<slug:key>/<slug:channel>/upload/", recordings.upload, name="upload_recording"),
    path(f"{own}/needs/", needs.needs, name="application_needs"),
    path(f"{own}/needs/erase/", needs.erase, name="erase_needs"),
    path(f"{own}/needs/summary/", needs.summary, name="answer_summary"),
    path(f"{own}/money/", needs.money, name="application_money"),
    path(f"{own}/money/erase/", needs.erase_money, name="erase_money"),
    path(f"{own}/consent/", views.consent, name="application_consent"),
    path(f"{own}/confirm/", confirming.confirm_typed, name="application_confirm"),
    path(f"{own}/confirm/upload/", confirming.upload_yes, name="upload_yes"),
    path(f"{own}/confirm/<int:pk>/recording/", confirming.play_yes, name="play_yes"),
    path(f"{own}/check/", views.check, name="application_check"),
    path(f"{own}/copy.pdf", views.copy_pdf, name="application_copy"),
    path(f"{own}/changes/", versions.application_changes, name="application_changes"),
    path(f"{own}/receipt/", views.receipt, name="application_receipt"),
    path(f"{own}/withdraw/", views.withdraw, name="withdraw_application"),
    path("work/<slug:slug>/more-time/", deadlines.more_time, name="more_time"),
    path("work/<slug:slug>/needs/", desk.listed, name="needs_list"),
    path("work/<slug:slug>/needs/passed-on/", desk.passed_on, name="needs_passed_on"),
    path("work/<slug:slug>/needs/<str:reference>/", desk.of_person, name="needs_of"),
    path("work/<slug:slug>/needs/<str:reference>/summary/", desk.write_summary, name="write_summary"),
]
