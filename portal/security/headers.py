"""Headers on every response: no inline code, no framing, no sniffing, nothing stored of signed-in pages."""

from __future__ import annotations

from collections.abc import Callable
from wsgiref.headers import Headers

from flask import Flask, Response, request

POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}
TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def install_headers(app: Flask, *, secure: bool) -> None:
    """Add the headers to every response, errors included; HSTS where TLS is in front."""
    wanted = HEADERS | TLS if secure else HEADERS

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in wanted.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def static_headers(*, secure: bool) -> Callable[[Headers, str, str], None]:
    """The same headers for static files, which are answered before the application is asked."""
    wanted = HEADERS | TLS if secure else HEADERS

    def add_headers(headers: Headers, _path: str, _url: str) -> None:
        for name, value in wanted.items():
            headers[name] = value

    return add_headers
