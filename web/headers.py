"""What every response carries: a strict content policy, no caching of pages, no referrer, no
framing.
"""

from flask import Flask, Response, request

from web.template_filters import asset

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types office",
    )
)


WRONG = 400
CARRIER = "carrier.js"  # holds a page while its form is on the way: any page of ours


def _names_its_content() -> bool:
    """Whether the address of a file holds what it is known by: only then it never changes."""
    name = str((request.view_args or {}).get("filename", ""))
    return f"?v={request.args.get('v', '')}" == asset(name).removeprefix(f"/static/{name}")


def register(app: Flask, *, https: bool) -> None:
    """Set the headers on every response."""

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        headers["X-Robots-Tag"] = "noindex, nofollow"
        if request.endpoint == "static" and (request.view_args or {}).get("filename") == CARRIER:
            headers["Service-Worker-Allowed"] = "/"
        if request.endpoint != "static" or response.status_code >= WRONG:
            headers["Cache-Control"] = "no-store"
        elif _names_its_content():
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        if https:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response
