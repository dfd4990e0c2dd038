"""Who asks: a cookie with a signature, codes and tokens that cannot be guessed, and tokens that tie a form to its
session. A code is kept as its hash alone; it has so many bits that no salt is needed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Literal

from derivations.frozen import frozen

COOKIE = "backproof"
DAYS: dict[str, int] = {"student": 180, "teacher": 1, "": 1}
"""How long a session lasts."""

_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Digits and letters that are not taken for one another."""

Role = Literal["student", "teacher", ""]


@frozen
class Session:
    """Who it is: a student by id, a teacher by the id of the class, or nobody yet. `nonce` is of this session alone."""

    role: Role
    who: str
    nonce: str
    until: int

    @property
    def student(self) -> str:
        return self.who if self.role == "student" else ""

    @property
    def taught(self) -> str:
        """The class that is taught."""
        return self.who if self.role == "teacher" else ""


def opened(role: Role, who: str, now: int) -> Session:
    """A new session; `now` in milliseconds."""
    return Session(role, who, secrets.token_urlsafe(16), now + DAYS[role] * 86_400_000)


def signed(session: Session, key: bytes) -> str:
    """The value of the cookie."""
    held = json.dumps([session.role, session.who, session.nonce, session.until], separators=(",", ":"))
    body = base64.urlsafe_b64encode(held.encode()).decode().rstrip("=")
    return f"{body}.{_mac(key, 'session', body)}"


def read_cookie(value: str, key: bytes, now: int) -> Session | None:
    """The session of a cookie; None for one that we did not sign, or that has ended."""
    body, _, mac = value.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(key, "session", body).encode()):
        return None
    role, who, nonce, until = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return Session(role, who, nonce, until) if until > now else None


def form_token(session: Session, key: bytes) -> str:
    """What every form of a session carries."""
    return _mac(key, "form", session.nonce)


def is_form_token(given: str, session: Session, key: bytes) -> bool:
    return hmac.compare_digest(given.encode(), form_token(session, key).encode())


def _mac(key: bytes, purpose: str, text: str) -> str:
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def new_id() -> str:
    """An id of 128 random bits."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """A code that people type: 80 random bits in groups of four, `k3d9-0xv2-…`."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(16))
    return "-".join(signs[k : k + 4] for k in range(0, 16, 4))


def hashed(code: str) -> str:
    """What is kept of a code, however it was typed: with other groups, in capitals, with o for 0."""
    typed = "".join(code.casefold().split()).replace("-", "")
    meant = typed.translate(str.maketrans("oil", "011"))
    return hashlib.sha256(meant.encode()).hexdigest()
