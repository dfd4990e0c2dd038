"""A Word file, looked through before anything reads it: a zip archive of XML, of bounded size, without entities.

What passes is packed anew, from what was unpacked here: nobody behind this sees the archive that came from outside.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from checker.documents.sources.value import SourceError

MAX_MEMBERS = 5_000
MAX_UNPACKED = 60_000_000
"""Bytes of the XML in a Word file; what is no XML (pictures, fonts, embedded files) is not unpacked at all."""

_SKIPPED = ("customxml/", "docprops/", "word/embeddings/", "word/media/", "word/fonts/", "word/theme/")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def checked_docx(data: bytes, label: str) -> bytes:
    """The XML members of a Word file as a new archive. Raises `SourceError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            kept = _members(archive, label)
            held = {info.filename: _unpacked(archive, info, label) for info in kept}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{label}: no Word file, or a damaged one: open it in Word and save it as .docx") from error
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in held.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return made.getvalue()


def _members(archive: zipfile.ZipFile, label: str) -> list[zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise SourceError(f"{label}: a Word file of more than {MAX_MEMBERS:,} members is not opened")
    names = [info.filename for info in infos]
    if "[Content_Types].xml" not in names or not any(name.startswith("word/") for name in names):
        raise SourceError(f"{label}: a zip archive that is no Word file: hand in the document itself")
    if len(set(names)) < len(names):
        raise SourceError(f"{label}: a damaged Word file, with members of the same name: save it again in Word")
    kept = [
        info
        for info in infos
        if info.filename.endswith((".xml", ".rels")) and not info.filename.lower().startswith(_SKIPPED)
    ]
    if any(info.flag_bits & 0x1 for info in kept):
        raise SourceError(f"{label}: a Word file with a password: save it without one")
    if sum(info.file_size for info in kept) > MAX_UNPACKED:
        raise SourceError(
            f"{label}: unpacked it is larger than {MAX_UNPACKED // 1_000_000} MB, which is not opened: hand it in by "
            "its problems"
        )
    return kept


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str) -> bytes:
    """A member; no more is unpacked than its entry says, which was counted."""
    with archive.open(info) as member:
        content = member.read(info.file_size + 1)
    if len(content) != info.file_size or b"\0" in content:
        raise SourceError(f"{label}: no Word file, or a damaged one: open it in Word and save it as .docx")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise SourceError(f"{label}: its XML declares entities, as no Word file does; it is not opened")
    return content
