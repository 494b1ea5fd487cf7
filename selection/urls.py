from django.urls import path

from selection.assessments import views as assessments
from selection.outcomes import views as outcomes
from selection.shortlists import views as shortlists
from selection.slates import views as slates

work = "work/<slug:slug>"
one = f"{work}/applications/<str:reference>"
own = f"{work}/lists/<slug:network>"

urlpatterns = [
    path(f"{work}/applications/", assessments.applications, name="review_list"),
    path(f"{one}/", assessments.review, name="review"),
    path(f"{one}/read/", assessments.mark_read, name="mark_read"),
    path(f"{one}/conflict/", assessments.conflict, name="declare_conflict"),
    path(f"{one}/conflict/<int:pk>/lift/", assessments.lift_conflict, name="lift_conflict"),
    path(f"{one}/ineligible/", assessments.ineligible, name="ineligible"),
    path(f"{one}/place/", shortlists.place, name="place"),
    path(f"{own}/", shortlists.shortlist, name="shortlist"),
    path(f"{own}/forward/", shortlists.put_forward, name="put_forward"),
    path(f"{own}/back/", shortlists.take_back, name="take_back"),
    path(f"{own}/<str:reference>/", shortlists.rank, name="rank"),
    path(f"{work}/board/", slates.board, name="board"),
    path(f"{work}/board/open/", slates.open_lists, name="open_lists"),
    path(f"{work}/board/freeze/", slates.freeze, name="freeze"),
    path(f"{work}/board/final/", slates.final, name="final"),
    path(f"{work}/board/swap/<slug:network>/", slates.swap, name="swap"),
    path(f"{work}/board/vote/<slug:network>/", slates.vote, name="vote"),
    path(f"{work}/board/people/<str:reference>/", slates.brief, name="brief"),
    path(f"{work}/outcomes/", outcomes.outcomes, name="outcomes"),
    path("applications/<str:reference>/outcome/", outcomes.outcome, name="outcome"),
]
