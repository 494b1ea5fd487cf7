"""Finds the strings to translate in the sources, and what of them a language lacks."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.conf import settings
from django.utils.translation.template import templatize

PACKAGES = ("fulcrum", "applications", "selection", "programme", "templates")
_KEYWORDS = dict(DEFAULT_KEYWORDS) | {"gettext_lazy": None, "ngettext_lazy": (1, 2), "pgettext_lazy": ((1, "c"), 2), "__": None}
Key = tuple[str, str, str]  # context, singular, plural


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for ending in ("*.py", "*.html", "*.md", "*.txt"):
            yield from sorted((settings.BASE_DIR / package).rglob(ending))


def strings() -> dict[Key, list[str]]:
    """Every string of the sources with the files it stands in."""
    found: dict[Key, list[str]] = {}
    for path in sources():
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        # a templatised template is Python but for its indentation
        code = text if path.suffix == ".py" else "\n".join(line.lstrip() for line in templatize(text).splitlines())
        for _line, message, _comments, context in extract("python", io.BytesIO(code.encode()), _KEYWORDS):
            singular, plural = message if isinstance(message, tuple) else (message, "")
            if singular:
                found.setdefault((context or "", singular, plural), []).append(str(path.relative_to(settings.BASE_DIR)))
    return found


def catalogue(language: str) -> polib.POFile:
    """The messages of a language, empty where there are none yet."""
    path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
    if path.exists():
        return polib.pofile(str(path), wrapwidth=110)
    plural = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2);" if language == "lv" else "nplurals=2; plural=(n != 1);"
    file = polib.POFile(wrapwidth=110)
    file.fpath = str(path)
    file.metadata = {"Language": language, "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit", "Plural-Forms": plural}
    if language == "fr":
        file.metadata["Plural-Forms"] = "nplurals=2; plural=(n > 1);"
    return file


def merge(language: str) -> polib.POFile:
    """The language's catalogue with every string of the sources and none besides; what was translated stays."""
    file, found = catalogue(language), strings()
    known = {(entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""): entry for entry in file}
    forms = 3 if language == "lv" else 2
    merged = polib.POFile(wrapwidth=110)
    merged.fpath, merged.metadata = file.fpath, file.metadata
    for key, places in sorted(found.items(), key=lambda item: (item[1][0], item[0])):
        context, singular, plural = key
        entry = known.get(key) or polib.POEntry(
            msgctxt=context or None,
            msgid=singular,
            msgid_plural=plural,
            msgstr_plural=dict.fromkeys(range(forms), "") if plural else {},
        )
        entry.occurrences = [(place, "") for place in sorted(set(places))]
        if "%(" in singular or "%(" in plural:
            entry.flags = ["python-format"]
        merged.append(entry)
    return merged


def lacking(language: str) -> list[str]:
    """The strings of the sources that the language does not translate, or translates with other placeholders."""
    file = catalogue(language)
    known = {(entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""): entry for entry in file}
    missing = []
    for key in strings():
        entry = known.get(key)
        if entry is None or not entry.translated() or entry.fuzzy:
            missing.append(key[1])
        elif any(_placeholders(text) - wanted for text in _said(entry) for wanted in [_placeholders(key[1] + key[2])]) or (
            not key[2] and _placeholders(entry.msgstr) != _placeholders(key[1])
        ):
            missing.append(f"{key[1]} (placeholders)")
    return missing


def _said(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]", text))
