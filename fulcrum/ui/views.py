"""The style guide: every part that pages are made of, with invented contents, for those who build pages."""

from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fulcrum.guard.predicates import anyone
from fulcrum.guard.views import policy
from fulcrum.ui import samples

KINDS = ["todo", "doing", "done", "wait", "problem", "success", "warning", "info"]


class Cards(forms.RadioSelect):
    hints: ClassVar = {"write": "Up to 300 words for each question", "speak": "Up to 3 minutes", "film": "Up to 3 minutes"}
    icons: ClassVar = {"write": "pencil-line", "speak": "mic", "film": "video"}


class SampleForm(forms.Form):
    way = forms.ChoiceField(
        label="How do you want to answer?",
        help_text="All three count the same.",
        choices=[("write", "Write"), ("speak", "Speak"), ("film", "Film")],
        widget=Cards(attrs={"data-cards": True}),
    )
    why = forms.CharField(
        label="Why do you want to join?",
        help_text="What would change at your house?",
        widget=forms.Textarea(attrs={"rows": 5, "data-max-words": 300}),
    )
    house = forms.CharField(label="Name of your house", required=False)
    email = forms.EmailField(label="Email address", help_text="We write to it only about this application.")
    place = forms.ChoiceField(label="Where is it?", choices=[("", "Choose"), ("rural", "Rural"), ("town", "Town"), ("city", "City")])
    languages = forms.MultipleChoiceField(
        label="Which languages do you speak?",
        choices=[("en", "English"), ("lv", "Latvian"), ("de", "German")],
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateField(label="Since when do you work there?", widget=forms.SelectDateWidget(years=range(2020, 2027)))
    letter = forms.FileField(
        label="Letter of your director",
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg", "data-max-bytes": 10 * 1024 * 1024}),
    )
    agree = forms.BooleanField(label="I have read how my data is used", help_text="Two pages, in plain words.")

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_action = "#forms"
        helper.add_input(Submit("save", "Save and continue"))
        helper.add_input(Submit("later", "Finish later", css_class="quiet"))
        return helper


def _sample() -> dict[str, Any]:
    people = [
        ("Inga Ķēniņa", "Kuldīgas Kultūras centrs", "Town", "Read", "success", "4.2"),
        ("Jānis Ozoliņš", "Rēzeknes GORS", "City", "Started", "doing", ""),
        ("Agnese Šmite", "Mazsalacas Kultūras centrs", "Rural", "Not started", "todo", ""),
    ]
    return {
        "kinds": KINDS,
        "sample": {
            "eyebrow": "Make it happen · ALCC, Latvia",
            "title": "Your application",
            "sub": "Answers save as you go. Leave whenever you like and come back with the link in your email.",
            "due": "12 days left, closes 6 May",
            "action": "Start your application",
            "second": "Read the call",
        },
        "tasks": [
            {"name": "Check that you can apply", "url": "#", "hint": "Network member, English, all dates free", "state": "done"},
            {"name": "Tell us about yourself", "url": "#", "hint": "Name, role, contact", "state": "doing"},
            {"name": "Say why you want to join", "url": "#", "hint": "One question", "state": "todo"},
            {"name": "Check your answers and send", "url": "", "hint": "Opens once the rest is complete", "state": "wait"},
        ],
        "rows": [
            {"label": "Name", "value": "Inga Ķēniņa", "change_url": "#", "change_label": "your name"},
            {"label": "House", "value": "Kuldīgas Kultūras centrs\nKuldīga", "change_url": "#"},
            {"label": "Website", "value": "", "change_url": "#"},
        ],
        "recording": {
            "url": "/static/none.mp3",
            "kind": "audio",
            "duration": "1:48",
            "seconds": 108,
            "title": "Why do you want to join?",
            "peaks": [number * 37 % 89 + 8 for number in range(120)],
        },
        "networks": [
            {"name": "ALCC", "area": "Latvia", "contact": "Žanete Bērziņa", "email": "zanete@example.org", "languages": "Latvian, English"},
            {"name": "IG Kultur", "area": "Austria", "contact": "Jakob Steiner", "email": "jakob@example.org", "languages": "German"},
            {"name": "ENCC", "area": "Europe-wide", "website": "https://example.org/"},
        ],
        "steps": [
            {"name": "Applications", "note": "71 received", "state": "done"},
            {"name": "Pre-selection", "note": "8 of 8 networks done", "state": "done"},
            {"name": "Partner approval", "note": "closes Wednesday 19 May", "state": "now"},
            {"name": "Answers to everyone", "note": "22 May", "state": ""},
        ],
        "people": [dict(zip(("name", "house", "place", "state", "kind", "score"), row, strict=True)) for row in people],
        "dates": [
            {"when": "Monday 5 April", "what": "The call opens", "state": "past", "datetime": "2027-04-05"},
            {"when": "Thursday 6 May, until 23:59 in Rīga", "what": "Last day to apply", "state": "now", "datetime": "2027-05-06"},
            {"when": "Saturday 22 May", "what": "Everyone hears", "note": "By email", "datetime": "2027-05-22"},
        ],
        "facts": [
            {"icon": "scale", "text": "24 people from 24 houses, balanced by gender, place and size."},
            {"icon": "lock", "text": "Access needs and travel are asked later, and only of those selected."},
        ],
        "staff_caption": "Make it happen",
    }


@policy(anyone)
def styleguide(request: HttpRequest) -> HttpResponse:
    form = SampleForm({"email": "inga", "why": "Because."}, auto_id="id_%s")
    page = Paginator(range(200), 20).get_page(request.GET.get("page", 4))
    return render(request, "ui/styleguide.html", {**_sample(), "form": form, "page": page})


@policy(anyone)
def styleguide_staff(request: HttpRequest) -> HttpResponse:
    colour = request.GET.get("by")
    shown = colour if colour in samples.COLOURS else samples.COLOURS[0]
    return render(request, "ui/styleguide_staff.html", {**_sample(), "board": samples.board(shown), "review": samples.review()})
