from django.urls import path

from programme.attendance import views as attendance
from programme.certificates import views as certificates
from programme.participants import views as participants
from programme.seats import views as seats

urlpatterns = [
    path("applications/<str:reference>/seat/", seats.seat, name="seat"),
    path("programme/<slug:slug>/", participants.my_programme, name="my_programme"),
    path("programme/<slug:slug>/calendar.ics", participants.calendar, name="calendar"),
    path("programme/<slug:slug>/units/<slug:key>.ics", participants.unit_calendar, name="unit_calendar"),
    path("programme/<slug:slug>/name/", participants.certificate_name, name="certificate_name"),
    path("programme/<slug:slug>/certificate.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("work/<slug:slug>/seats/", seats.seats, name="seats"),
    path("work/<slug:slug>/seats/<int:pk>/lapse/", seats.lapse_seat, name="lapse_seat"),
    path("work/<slug:slug>/seats/<slug:network>/<int:number>/offer/", seats.offer_seat, name="offer_seat"),
    path("work/<slug:slug>/programme/", attendance.programme, name="programme"),
    path("work/<slug:slug>/programme/<slug:key>/", attendance.unit, name="unit"),
    path("work/<slug:slug>/programme/<slug:key>/attendance/", attendance.attendance, name="attendance"),
    path("work/<slug:slug>/certificates/", certificates.certificates, name="certificates"),
    path("work/<slug:slug>/certificates/issue/", certificates.issue_certificates, name="issue_certificates"),
    path("verification/<str:code>/", certificates.verify, name="verify_in_language"),
]
