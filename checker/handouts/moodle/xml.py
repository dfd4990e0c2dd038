"""Elements of Moodle's XML, and what every question has."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from checker.handouts.moodle.text import legal


def field(name: str, value: str) -> Element:
    """`<name>value</name>`."""
    made = Element(name)
    made.text = legal(value)
    return made


def texted(name: str, text: str, format: str = "") -> Element:
    """`<name format="html"><text>…</text></name>`; without a format, as Moodle writes plain texts."""
    made = Element(name, {"format": format} if format else {})
    SubElement(made, "text").text = legal(text)
    return made


def question(kind: str, name: str, text: str, feedback: str, points: float, identity: str, penalty: float) -> Element:
    """A question with the fields that every type has. `identity` is the id number, one of its own in a category."""
    made = Element("question", {"type": kind})
    made.append(texted("name", name))
    made.append(texted("questiontext", text, "html"))
    made.append(texted("generalfeedback", feedback, "html"))
    made.append(field("defaultgrade", f"{points:.7f}"))
    made.append(field("penalty", f"{penalty:.7f}"))
    made.append(field("hidden", "0"))
    made.append(field("idnumber", identity))
    return made


def category(name: str) -> Element:
    """The category that the questions behind it go to."""
    made = Element("question", {"type": "category"})
    made.append(texted("category", f"$course$/top/{name}"))
    made.append(texted("info", "", "html"))
    made.append(field("idnumber", ""))
    return made
