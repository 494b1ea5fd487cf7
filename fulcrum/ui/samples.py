"""Invented people and figures for the staff style guide."""

from typing import Any

NETWORKS = [
    (
        "cult!",
        "Flanders and Brussels",
        [
            "Lotte Peeters, De Kern Wilrijk, woman city large",
            "Jonas Maes, CC Het Gasthuis Aarschot, man town medium",
            "Fatima El Idrissi, GC Kontakt Brussels, woman city small",
            "Bram Claes, Vosselaar",
        ],
    ),
    (
        "ACC",
        "Wallonia and Brussels",
        [
            "Maëlle Dubois, CC de Chênée, woman city medium",
            "Loïc Lambert, La Vènerie Brussels, man city large",
            "Noé Œuvrard, CC de Beauraing, other rural small",
            "Aline Hubert, Habay",
        ],
    ),
    (
        "Soziokultur",
        "Germany",
        [
            "Jule Petersen, Speicher Husum, woman town medium",
            "Mehmet Yıldız, Pavillon Hannover, man city large",
            "Anke Groß, Dorfladen Hümme, woman rural small",
            "Uta Weiß, Wittenberge",
        ],
    ),
    (
        "ALCC",
        "Latvia",
        [
            "Inga Ķēniņa, Kuldīgas Kultūras centrs, woman town medium",
            "Jānis Ozoliņš, Rēzeknes Austrumlatvijas reģionālais daudzfunkcionālais centrs, undisclosed city large",
            "Agnese Šmite, Mazsalacas Kultūras centrs, woman rural unknown",
            "Rūta Liepa, Alūksne",
        ],
    ),
]
COLOURS = ("gender", "origin", "size")
WORDS = {"undisclosed": "Rather not say", "unknown": "Size not known"}


def word(kind: str) -> str:
    return WORDS.get(kind, kind.capitalize())


def _cell(text: str, colour: str) -> dict[str, Any]:
    name, where, kinds = text.split(", ")
    cell = {"name": name, "where": where, "flag": "", "look": ""}
    attrs = [{"word": word(kind), "kind": kind} for kind in kinds.split()]
    chosen = attrs[COLOURS.index(colour)]
    cell |= {"kind": chosen["kind"], "attrs": [{**attr, "chosen": attr is chosen} for attr in attrs]}
    if name == "Loïc Lambert":
        cell |= {"flag": "In by a swap", "look": "new", "icon": "arrow-left-right"}
    if name == "Mehmet Yıldız":
        cell |= {"flag": "This house stands here twice", "look": "problem", "icon": "triangle-alert"}
    return cell


def part(label: str, count: int, kind: str) -> dict[str, Any]:
    return {"label": label, "count": count, "kind": kind}


def board(colour: str) -> dict[str, Any]:
    """The board coloured by gender, origin or size."""
    networks = []
    for name, area, (*people, reserve) in NETWORKS:
        networks.append({"name": name, "area": area, "cells": [_cell(person, colour) for person in people], "reserve": reserve.split(", ")})
    gender = [part("Women", 15, "woman"), part("Other", 1, "other"), part("Men", 8, "man")]
    origin = [part("Rural", 7, "rural"), part("Town", 7, "town"), part("City", 10, "city")]
    size = [part("Small", 11, "small"), part("Medium", 8, "medium"), part("Large", 4, "large"), part("Not known", 1, "unknown")]
    parts = {"gender": gender, "origin": origin, "size": size}[colour]
    ends = [part for part in parts if part["kind"] not in {"other", "unknown"}]
    return {
        "networks": networks,
        "colours": [{"key": key, "label": key.capitalize(), "current": key == colour} for key in COLOURS],
        "legend": parts,
        "left": ends[0],
        "right": ends[-1],
        "balance": [
            {"name": "Gender", "parts": gender, "low": 10, "high": 14, "met": False, "verdict": "Two men too few"},
            {"name": "Origin", "parts": origin, "low": 5, "high": 14, "met": True, "verdict": "In range"},
            {"name": "Size of house", "parts": size, "low": 6, "high": 12, "met": False, "verdict": "Two large houses too few"},
        ],
        "dock": [
            {"word": "8 men, at least 10", "met": False},
            {"word": "Origin in range", "met": True},
            {"word": "4 large, at least 6", "met": False},
        ],
        "chips": [
            {"name": "cult!", "vote": "yes", "word": "approved", "icon": "check"},
            {"name": "ACC", "vote": "no", "word": "said no", "icon": "x"},
            {"name": "ENCC", "vote": "abstain", "word": "abstained", "icon": "minus"},
            {"name": "ALCC", "vote": "open", "word": "has not answered", "icon": "clock"},
            {"name": "IG Kultur", "vote": "void", "word": "approved an earlier version", "icon": "rotate-ccw"},
        ],
        "beams": [
            {"left": part("Women", 0, "woman"), "right": part("Men", 0, "man")},
            {"left": part("Rural", 12, "rural"), "right": part("City", 12, "city")},
            {"left": part("Small", 40, "small"), "right": part("Large", 26, "large")},
            {"left": part("Women", 21, "woman"), "right": part("Men", 0, "man")},
        ],
        "votes": [
            {"value": "yes", "name": "Approve", "hint": "These 24 people, as they stand here"},
            {"value": "no", "name": "Do not approve", "hint": "Say what would have to change"},
            {"value": "abstain", "name": "Abstain", "hint": "You leave it to the others"},
        ],
        "versions": [
            {"name": "Version 4", "when": "Tuesday 18 May, 16:20", "what": "Loïc Lambert came in for Aline Hubert.", "void": False},
            {"name": "Version 3", "when": "Monday 17 May, 11:05", "what": "Frozen by the coordinator.", "void": True},
        ],
    }


def review() -> dict[str, Any]:
    """A network's applications, a file with its scores, a ranking, and the first pages of the programme."""
    units = ["Thursday morning", "Thursday afternoon", "Friday morning", "Friday afternoon", "Saturday morning", "Lab 1", "Lab 2", "Lab 3"]
    came = {
        "Inga Ķēniņa": "pppppppo",
        "Jānis Ozoliņš": "ppappomo",
        "Agnese Šmite": "aapppmoo",
        "Maëlle Dubois": "pppppppo",
    }
    look = {
        "p": {"state": "present", "word": "Present", "icon": "check"},
        "a": {"state": "absent", "word": "Absent", "icon": "x"},
        "m": {"state": "made-up", "word": "Made up", "icon": "rotate-ccw"},
        "o": {"state": "open", "word": "Open", "icon": "circle-dashed"},
    }
    return {
        "filters": [
            {"name": "origin", "label": "Origin", "options": ["All", "Rural", "Town", "City"]},
            {"name": "size", "label": "Size", "options": ["All", "Small", "Medium", "Large"]},
            {"name": "read", "label": "Read by you", "options": ["All", "Yes", "No", "Changed since"]},
        ],
        "criteria": [
            {
                "key": "transformation",
                "name": "Ready for the transformation",
                "hint": "Can this house carry it out, and go on with it?",
                "values": ["Not at all", "Hardly: no plans yet", "Partly: plans without means", "Well: plans and means", "Fully: it is under way"],
                "chosen": 3,
            },
            {
                "key": "ambassador",
                "name": "Ready to be an ambassador",
                "hint": "Will this person pass on what they learn in their region?",
                "values": ["Not at all", "Hardly", "Partly", "Well", "Fully: they already do"],
                "chosen": None,
            },
        ],
        "scores": [
            {"who": "Žanete Bērziņa", "given": [3, 4, 3, "+1"], "total": "11"},
            {"who": "Pēteris Kalns", "given": [2, 4, 3, "+2"], "total": "11"},
        ],
        "ranks": [
            {"number": 1, "name": "Inga Ķēniņa", "house": "Kuldīgas Kultūras centrs", "score": "11.0", "place": True, "first": True, "line": False},
            {
                "number": 2,
                "name": "Agnese Šmite",
                "house": "Mazsalacas Kultūras centrs",
                "score": "10.5",
                "place": True,
                "first": False,
                "line": False,
            },
            {"number": 3, "name": "Jānis Ozoliņš", "house": "Rēzeknes GORS", "score": "9.5", "place": True, "first": False, "line": False},
            {"number": 1, "name": "Rūta Liepa", "house": "Alūksnes Kultūras centrs", "score": "9.0", "place": False, "first": False, "line": True},
        ],
        "todos": [
            {"what": "Read 11 applications", "call": "Make it happen", "due": "Two days late", "late": True},
            {"what": "Vote on version 4 of the board", "call": "Make it happen", "due": "Wednesday 19 May, until 18:00 in Brussels", "late": False},
            {"what": "Confirm who was there on Thursday", "call": "Make it happen, Turin", "due": "", "late": False},
        ],
        "units": units,
        "attendance": [
            {"name": name, "house": "ALCC", "cells": [{**look[mark], "unit": unit} for mark, unit in zip(marks, units, strict=True)]}
            for name, marks in came.items()
        ],
        "attendance_legend": list(look.values()),
        "ledger": [
            {"name": "Academy, 5 of 5 half-days", "state": "done", "word": "Done", "icon": "circle-check", "note": "20 hours"},
            {
                "name": "Learning labs, 1 of 2",
                "state": "possible",
                "word": "Still possible",
                "icon": "circle-dashed",
                "note": "Next: Tuesday 14 January",
            },
            {"name": "Needs survey", "state": "lost", "word": "No longer possible", "icon": "circle-x", "note": "It closed on Sunday 2 June"},
        ],
        "path": [
            {"name": "Training Academy in Vienna", "note": "18 to 20 September", "state": "done"},
            {"name": "Learning lab 1", "note": "Tuesday 14 January, 10:00 in Riga", "state": "now"},
            {"name": "Action plan", "note": "Hand it in by Friday 28 March", "state": ""},
        ],
        "verdicts": [
            {"kind": "genuine", "icon": "badge-check", "title": "This certificate is genuine"},
            {"kind": "superseded", "icon": "triangle-alert", "title": "This certificate was replaced by a newer one"},
            {"kind": "unknown", "icon": "circle-x", "title": "We know no certificate with this code"},
        ],
    }
