"""What is kept of typed text, what the database holds of secrets, and which texts reach a page or a letter as what."""

from urllib.parse import urlencode

import pytest
from django import forms
from django.core import checks
from django.db import connection, models
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import isolate_apps
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from applications.needs.models import Needs
from applications.needs.services import say_needs
from fulcrum.guard import privacy
from fulcrum.guard.privacy import EncryptedTextField, Personal, decrypt, encrypt, every_field_is_registered, registry
from fulcrum.guard.text import LineField, ProseField, clean_text, count_words
from fulcrum.guard.views import safe_next
from fulcrum.ui.markdown import render_markdown, render_plain
from fulcrum.ui.templatetags.texts import quoted, typed

BIDI = "‎‏‪‫‬‭‮⁦⁧⁨⁩"


# Text


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("Rīga", "Rīga"),
        ("Ri\u0304ga", "Rīga"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("tab\there", "tab\there"),
        ("bell\x07 escape\x1b[31m delete\x7f c1\x9b", "bell escape[31m delete c1"),
        ("vertical\x0b form\x0c", "vertical form"),
        (f"abc{BIDI}txt.exe", "abctxt.exe"),
        ("\ufeffstart", "start"),
        ("nul\0here", "nulhere"),
        ("half \ud83d of a pair", "half  of a pair"),
        ("👩‍🦽 stays whole", "👩‍🦽 stays whole"),
        ("", ""),
    ],
)
def test_text_is_kept_without_what_controls_or_reorders_it(given_text, kept):
    assert clean_text(given_text) == kept


@given(st.text(st.characters(codec=None)))
def test_cleaning_twice_is_cleaning_once_and_leaves_what_a_database_takes(text):
    once = clean_text(text)
    assert clean_text(once) == once
    once.encode()
    assert not set(once) & set("\0\r\x1b" + BIDI)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("   \n ", 0),
        ("one two  three\nfour", 4),
        ("d'art et l’usage", 3),
        ("co-op 3.5 e-mail", 3),
        ("– … !", 0),
        ("Ķēniņa", 1),
        ("end. Start", 2),
        ("(so) \"called\" 'words'", 3),
    ],
)
def test_words_are_counted_as_a_reader_counts_them(text, words):
    assert count_words(text) == words


def test_a_line_is_one_line_without_needless_space():
    assert LineField().clean("  Inga \n\t Ķēniņa\u202e ") == "Inga Ķēniņa"


def test_a_line_that_is_too_long_is_refused_and_not_cut():
    with pytest.raises(forms.ValidationError):
        LineField(max_length=5).clean("sixsix")


@pytest.mark.parametrize("field", [LineField(required=False), ProseField(required=False)])
def test_a_nul_in_a_field_is_refused(field):
    with pytest.raises(forms.ValidationError):
        field.clean("a\0b")


@pytest.mark.parametrize("blank", ["", "   ", "\n\n", "\u202e", "\x07"])
@pytest.mark.parametrize("field", [LineField(), ProseField()])
def test_a_required_field_takes_nothing_that_reads_as_nothing(field, blank):
    with pytest.raises(forms.ValidationError):
        field.clean(blank)


def test_prose_keeps_its_lines_and_counts_its_words_exactly_at_the_limit():
    field = ProseField(max_words=3)
    assert field.clean("one two\r\nthree") == "one two\nthree"
    with pytest.raises(forms.ValidationError) as refused:
        field.clean("one two three four five")
    assert refused.value.code == "too_many_words"
    assert refused.value.messages == ["This is 2 words over the limit of 3. Shorten it a little."]


def test_prose_is_not_cut_off_by_the_browser():
    class Form(forms.Form):
        text = ProseField(max_length=50)

    assert "maxlength" not in str(Form()["text"])


# Encryption


def test_what_is_encrypted_reads_again_and_never_looks_the_same_twice(settings):
    assert decrypt(encrypt("Ķēniņa needs a ramp")) == "Ķēniņa needs a ramp"
    assert encrypt("x") != encrypt("x")


def test_a_new_key_in_front_reads_what_the_old_one_wrote_and_the_old_key_alone_does_not_read_the_new(settings):
    settings.FIELD_KEYS = ["old"]
    by_old = encrypt("needs")
    settings.FIELD_KEYS = ["new", "old"]
    by_new = encrypt("needs")
    assert decrypt(by_old) == decrypt(by_new) == "needs"
    settings.FIELD_KEYS = ["old"]
    with pytest.raises(ValueError, match="FIELD_KEYS"):
        decrypt(by_new)


@pytest.mark.parametrize("change", [lambda token: token[:-4] + "AAAA", lambda token: "", lambda token: "plain text", lambda token: token[10:]])
def test_a_changed_secret_is_an_error_and_not_another_text(change):
    with pytest.raises(ValueError, match="FIELD_KEYS"):
        decrypt(change(encrypt("needs")))


def test_the_database_holds_needs_encrypted(draft, candidate):
    said = say_needs(draft, other="I use a wheelchair", by=candidate)
    with connection.cursor() as cursor:
        cursor.execute("SELECT other FROM applications_needs WHERE id = %s", [said.pk])
        (held,) = cursor.fetchone()
    assert "wheelchair" not in held
    assert decrypt(held) == "I use a wheelchair"
    assert Needs.objects.visible_to(candidate).get().other == "I use a wheelchair"


def test_needs_can_not_be_searched(draft, candidate):
    say_needs(draft, other="wheelchair", by=candidate)
    mine = Needs.objects.visible_to(candidate)
    assert not mine.filter(other="wheelchair").exists()
    assert not mine.filter(other__contains="wheel").exists()


# The registry of personal fields


def codes_of(monkeypatch, model):
    monkeypatch.setattr(privacy, "our_models", lambda: [model])
    return [error.id for error in every_field_is_registered(None)]


@isolate_apps("applications")
def test_a_field_that_nobody_registered_stops_the_check(monkeypatch):
    class Diary(models.Model):
        secret = models.TextField()
        at = models.DateTimeField()
        impersonal = "at"

        class Meta:
            app_label = "applications"

    assert codes_of(monkeypatch, Diary) == ["fulcrum.E001"]


@isolate_apps("applications")
def test_a_registered_field_that_does_not_exist_stops_the_check(monkeypatch):
    class Diary(models.Model):
        at = models.DateTimeField()
        impersonal = "at gone"

        class Meta:
            app_label = "applications"

    assert codes_of(monkeypatch, Diary) == ["fulcrum.E002"]


@isolate_apps("applications")
def test_a_field_that_is_only_said_to_be_encrypted_stops_the_check(monkeypatch):
    class Diary(models.Model):
        secret = models.TextField()
        kept = EncryptedTextField()
        personal = {name: Personal("a test", "nobody", "now", encrypted=True) for name in ("secret", "kept")}

        class Meta:
            app_label = "applications"

    assert codes_of(monkeypatch, Diary) == ["fulcrum.E003"]


def test_the_site_passes_its_own_check():
    assert not [error for error in checks.run_checks() if (error.id or "").startswith("fulcrum.")]


def test_every_personal_field_says_purpose_readers_and_retention():
    entries = registry()
    assert ("Needs", "access") in {(model.__name__, name) for model, name, _entry in entries}
    assert not [(model, name) for model, name, entry in entries if not (entry.purpose and entry.readers and entry.until)]


def test_needs_are_registered_as_encrypted_and_read_by_the_person_and_access_officers():
    entry = next(entry for model, name, entry in registry() if (model, name) == (Needs, "access"))
    assert entry.encrypted
    assert entry.readers == "the person; once sent, access officers of their network"


# Redirects


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "////evil.example",
        "/\\evil.example/",
        "\\\\evil.example",
        "http:///evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "http://testserver@evil.example/",
        "http://testserver.evil.example/",
        "\thttps://evil.example",
        " //evil.example",
        "\x00//evil.example",
        "",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_redirect_never_leads_off_the_site(method, target):
    factory = RequestFactory()
    words = urlencode({"next": target})
    request = factory.get(f"/?{words}") if method == "get" else factory.post("/", words, content_type="application/x-www-form-urlencoded")
    assert safe_next(request, "/home") == "/home"


@pytest.mark.parametrize("target", ["/en/account/", "/en/account/?a=1#b", "http://testserver/en/"])
def test_a_redirect_inside_the_site_is_followed(target):
    assert safe_next(RequestFactory().get("/", {"next": target}), "/home") == target


def test_on_a_secure_site_a_redirect_does_not_lose_the_lock():
    request = RequestFactory().get("/", {"next": "http://testserver/en/"}, secure=True)
    assert safe_next(request, "/home") == "/home"


# Markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/p.png)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "<javascript:alert(1)>",
    "<a href='https://x.example' onclick='alert(1)' style='color:red'>x</a>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<style>*{display:none}</style>",
    "| a |\n|---|\n| <script>x</script> |",
    "```html\n<script>x</script>\n```",
    '[x](https://x.example "onmouseover=alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_makes_nothing_that_runs_or_loads(text):
    html = render_markdown(text).lower()
    assert not any(f"<{tag}" in html for tag in ("script", "img", "svg", "iframe", "style", "form", "input"))
    tags = " ".join(part.split(">", 1)[0] for part in html.split("<")[1:])  # what stands inside the tags
    assert not any(word in tags for word in ("javascript:", "vbscript:", "data:", "onclick", "onerror", "onload", "style="))


def test_markdown_keeps_what_texts_of_a_call_use():
    html = render_markdown("**bold** *mild*\n\n- one\n\n[link](https://example.org) <mailto:a@example.org>\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for part in ("<strong>bold</strong>", "<em>mild</em>", "<li>one</li>", 'href="https://example.org"', 'href="mailto:a@example.org"', "<td>1</td>"):
        assert part in html
    assert 'rel="noopener noreferrer"' in html


def test_the_markdown_filter_takes_an_empty_text_and_one_in_seven_languages(call):
    assert strip_tags(Template("{% load texts %}{{ text|markdown }}").render(Context({"text": ""}))) == ""
    assert "<p>" in Template("{% load texts %}{{ text|markdown }}").render(Context({"text": call.text("who_can_apply")}))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")))
def test_what_somebody_typed_is_quoted_without_a_link_a_picture_or_a_heading(text):
    html = render_markdown(quoted(text))
    assert not any(f"<{tag}" in html for tag in ("a ", "img", "h1", "strong", "em>", "li", "code", "table", "script"))


@pytest.mark.parametrize(
    "text",
    [
        "[x](https://evil.example)",
        "<https://evil.example>",
        "https://evil.example",
        "a@evil.example",
        "![x](https://evil.example/p.png)",
        "# heading",
        "- item",
        "1. item",
        "1) item",
        "> quotation",
        "**bold** __bold__ `code`",
        "---",
        "a\n===",
        "    four spaces",
        "\ttab",
        "&lt;script&gt; &#60;",
        "line\n\nout of the quotation",
        "| a |\n|---|\n| b |",
        "end\\",
        "[x]: https://evil.example\n[x]",
    ],
)
def test_the_quotation_shows_exactly_what_was_typed(text):
    html = render_markdown(quoted(text))
    assert html.startswith("<blockquote>")
    assert html.rstrip().endswith("</blockquote>")
    assert html.count("<blockquote>") == 1
    assert not any(f"<{tag}" in html for tag in ("a ", "img", "h1", "strong", "em>", "li", "code", "hr", "table", "script"))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")))
def test_what_somebody_typed_in_a_line_stays_in_its_line_and_formats_nothing(text):
    line = typed(text)
    assert "\n" not in line
    html = render_markdown(f"Dear {line},")
    assert html.startswith("<p>Dear")
    assert not any(f"<{tag}" in html for tag in ("a ", "img", "h1", "strong", "em>", "li", "code", "blockquote", "script"))


def test_the_plain_letter_shows_addresses_of_links_and_no_marks():
    assert render_plain("**Now** [apply](https://example.org/x)") == "Now apply: https://example.org/x"
