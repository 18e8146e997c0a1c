"""What every answer of the portal carries, whatever it says."""

from __future__ import annotations

from werkzeug.test import TestResponse

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}
POLICY = ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "script-src 'self'")
SANDBOX = "default-src 'none'; sandbox"
FORBIDDEN = ("unsafe-inline", "unsafe-eval", "*", "http:", "https:")


def missing_headers(answer: TestResponse, *, static: bool = False) -> list[str]:
    """What is missing or wrong in an answer's headers, in words."""
    found = [name for name, value in WANTED.items() if answer.headers.get(name) != value]
    if answer.headers.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        found.append("Referrer-Policy")
    if not static and answer.headers.get("Cache-Control") != "no-store":
        found.append("Cache-Control")
    policy = answer.headers.get("Content-Security-Policy", "")
    if policy != SANDBOX:
        found += [f"CSP: {part}" for part in POLICY if part not in policy]
    return found + [f"CSP with {word}" for word in FORBIDDEN if word in policy]
