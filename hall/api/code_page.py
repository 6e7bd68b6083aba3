"""DEMO ONLY: the citizen's phone. Invented people and companies, each with a dynamic code of the embedded issuer.

Whoever opens this page is given anybody's code, so it is added only where everybody is invented. Plain HTML, no script:
the page renews itself. An address carries a place in the list and nothing of a person.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args

import segno
from fastapi import FastAPI, Path, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from pydantic import Field

from hall.api.gate import Rejected
from hall.codes.embedded import Issuer
from hall.codes.port import CodeSource, Holder
from hall.codes.token import LONGEST_LIFE, decode, encode
from hall.wire.identity import masked_number
from hall.wire.messages import Answer, Request

RENEW = 20  # seconds
LIFE = 60  # seconds a code is good; the one before is still good while it is being held up
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
Kind = Literal["resident", "enterprise"]
Flaw = Literal["", "replayed", "expired", "forged", "other_city", "not_yet"]
# What a button says, and what is to be seen at the terminal; Chinese and English.
FLAWS: dict[Flaw, tuple[str, str, str, str]] = {
    "": ("正常", "Good", "对准自助机的扫码口", "Hold it to the scanner of the terminal"),
    "replayed": (
        "重复使用",
        "Used twice",
        "这个码不更新：第一次有效，第二次会被拒绝",
        "It stays: good once, then refused",
    ),
    "expired": ("过期", "Expired", "一分钟前就过期了，应被拒绝", "Over a minute ago; to be refused"),
    "forged": ("伪造", "Forged", "签名是错的，应被拒绝", "Its signature is wrong; to be refused"),
    "other_city": ("外市", "Another city", "不是本市的码，应被拒绝", "Not this city's; to be refused"),
    "not_yet": (
        "未来",
        "From the future",
        "签发时间还没到，应被拒绝",
        "Made ten minutes from now; to be refused",
    ),
}
assert set(FLAWS) == set(get_args(Flaw))


class MakeCode(Request):
    """A code of one of the invented people, by place in the list."""

    person: int = Field(ge=0)
    kind: Kind = "resident"
    flaw: Flaw = ""


class MadeCode(Answer):
    code: str = Field(repr=False)


def add_code_page(
    app: FastAPI, issuer: Issuer, people: Sequence[Holder], now: Callable[[], datetime]
) -> None:
    """Pages under ``/demo/phone`` and ``POST /demo/code``. ``people`` are all invented."""
    pages = Environment(
        loader=PackageLoader("hall.api"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
    )
    pages.trim_blocks = pages.lstrip_blocks = True
    pages.globals.update(flaws=FLAWS, masked_number=masked_number)

    def drawn(name: str, **facts: Any) -> Response:
        return Response(pages.get_template(name).render(**facts), 200, HEADERS, "text/html")

    def choose() -> Response:
        return drawn("code_people.html", people=list(enumerate(people)))

    def phone(person: Annotated[int, Path()], flaw: Flaw = "") -> Response:
        if not 0 <= person < len(people):
            raise Rejected("request.not_found")
        holder = people[person]
        kind: Kind = "enterprise" if holder.company else "resident"
        code = made(issuer, holder, kind, flaw, now())
        return drawn(
            "code_phone.html",
            person=person,
            holder=holder,
            flaw=flaw,
            picture=segno.make_qr(code, error="m").svg_inline(border=4, omitsize=True, light="#fff"),
            renew=0 if flaw == "replayed" else RENEW,
        )

    def code(asked: MakeCode) -> Response:
        if asked.person >= len(people) or (asked.kind == "enterprise" and not people[asked.person].company):
            raise Rejected("request.not_found")
        text = made(issuer, people[asked.person], asked.kind, asked.flaw, now())
        return Response(MadeCode(code=text).model_dump_json(), 200, HEADERS, "application/json")

    app.add_api_route("/demo/phone", choose, methods=["GET"], response_class=Response)
    app.add_api_route("/demo/phone/{person}", phone, methods=["GET"], response_class=Response)
    app.add_api_route("/demo/code", code, methods=["POST"], response_class=Response)


def made(issuer: Issuer, holder: Holder, kind: Kind, flaw: Flaw, now: datetime) -> str:
    """A code of ``holder``, with a ``flaw`` to try what the terminal says. Raises BadHolder."""
    source: CodeSource = "enterprise_code" if kind == "enterprise" else "resident_code"
    holder = holder if kind == "enterprise" else replace(holder, company=None)
    if flaw == "expired":
        return issuer.issue(holder, source, now - timedelta(seconds=2 * LIFE), LIFE)
    if flaw == "not_yet":
        return issuer.issue(holder, source, now + timedelta(minutes=10), LIFE)
    if flaw == "other_city":
        elsewhere = "440300" if issuer.city != "440300" else "110100"
        return issuer.issue(holder, source, now, LIFE, city=elsewhere)
    good = issuer.issue(holder, source, now, LONGEST_LIFE if flaw == "replayed" else LIFE)
    if flaw != "forged":
        return good
    token = decode(good)
    return encode(replace(token, signature=token.signature[::-1]))
