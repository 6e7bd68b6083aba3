"""A province's gateway for codes, simulated over real sockets: signed JSON, TLS, every code good once, and faults.

Product code: integrators try their settings against it, tests their failures. It speaks what ``config.codes.Gateway``
asks for by default, with the result codes below. ``python -m hall.codes.gateway_simulator --help``
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hall.codes.simulated_service import FAULTS, Behaviour, SimulatedService, arguments, serve

GOOD, EXPIRED, REPLAYED, UNKNOWN, FORGED = "0", "1001", "1002", "1003", "1004"
OTHER_CITY, NOT_YET, AGAIN = "1005", "1006", "9001"
RESULTS = {  # for AnswerFields.refusals
    EXPIRED: "code.expired",
    REPLAYED: "code.replayed",
    UNKNOWN: "code.unknown",
    FORGED: "code.forged",
    OTHER_CITY: "code.other_city",
    NOT_YET: "code.not_yet",
}
INVENTED: dict[str, dict[str, Any]] = {
    "SIM-RESIDENT-1": {"number": "37010019900101001X", "name": "张晓三", "birth": "19900101"},
    "SIM-COMPANY-1": {
        "number": "37010019900101001X",
        "name": "张晓三",
        "company": {
            "name": "清源样例科技有限公司",
            "code": "91370100MA00000000",
            "authority": "办理社保登记",
            "until": "20291231",
        },
    },
}


def _good(holder: dict[str, Any]) -> dict[str, Any]:
    return {"code": GOOD, "msg": "ok", "data": holder}


@dataclass
class Simulated(Behaviour):
    """What the gateway knows: ``codes`` maps a code to its holder, or to a result code that refuses it."""

    made_up: ClassVar = {
        "wrong_json": b'{"code":"0","data":{"name":["?"],"number":7}}',
        "oversized": json.dumps(_good(INVENTED["SIM-RESIDENT-1"]) | {"pad": "x" * 200_000}).encode(),
        "again": json.dumps({"code": AGAIN}).encode(),
        "unmapped": b'{"code":"777"}',
    }

    codes: Mapping[str, dict[str, Any] | str] = field(default_factory=lambda: dict(INVENTED))
    once: bool = True
    shown: set[str] = field(default_factory=set)

    def answer(self, path: str, question: Any, fault: str) -> dict[str, Any]:
        code = question["code"]
        with self.lock:
            known = REPLAYED if self.once and code in self.shown else self.codes.get(code, UNKNOWN)
            self.shown.add(code)
        if isinstance(known, str):
            return {"code": known, "msg": RESULTS.get(known, "")}
        return _good(known)


class GatewaySimulator(SimulatedService):
    simulated: Simulated
    path = "/codes/v1/verify"


def main() -> None:
    parser = arguments(
        "hall.codes.gateway_simulator",
        "A gateway for codes to try settings with.",
        (*FAULTS, *Simulated.made_up),
        8443,
    )
    parser.add_argument("--many", action="store_true", help="a code may be shown more than once")
    asked = parser.parse_args()
    serve(GatewaySimulator, Simulated(once=not asked.many), asked, f"codes: {', '.join(INVENTED)}")


if __name__ == "__main__":
    main()
