"""How the centre faces the network: its public address, its cookie, and which pages may speak for somebody."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Facing:
    """``url``: the centre's public address, e.g. https://fleet.example.gov.cn; https makes cookies Secure."""

    url: str

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")

    @property
    def cookie(self) -> str:
        """``__Host-`` binds it to this very host and to TLS; browsers refuse that name without TLS."""
        return "__Host-tongyuan" if self.secure else "tongyuan"

    def token(self, request: Request) -> str:
        """The session's token that came with the request, or ""."""
        return request.cookies.get(self.cookie, "")

    def let_in(self, response: Response, token: str) -> None:
        """Give the browser a session; it ends with the browser or by the centre's clock."""
        response.set_cookie(
            self.cookie, token, path="/", secure=self.secure, httponly=True, samesite="strict"
        )

    def let_out(self, response: Response) -> None:
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")

    def ours(self, request: Request) -> bool:
        """Whether a request that changes something comes from our own pages, or from no page at all.

        Browsers say where a request comes from (Sec-Fetch-Site, Origin); programs say nothing and pass.
        """
        site = request.headers.get("sec-fetch-site", "none")
        if site not in ("same-origin", "none"):
            return False
        origin = request.headers.get("origin")
        if origin is None:
            return True
        host = urlsplit(origin).netloc
        return bool(host) and host in (urlsplit(self.url).netloc, request.headers.get("host", ""))


def same(ours: str, theirs: str) -> bool:
    """Compare secrets in a time that tells nothing."""
    return bool(ours) and hmac.compare_digest(ours.encode(), theirs.encode())
