"""Who it is and what certificates there are: the questions that one presentation asks outside the hall."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from hall.asking import Asking, log_mistake
from hall.certificates.port import Certificate, CertificateLibrary, LibraryAway
from hall.codes.port import CodeError, CodeRefused, CodeVerifier, Holder
from hall.problems import CODES, Refused
from hall.wire.identity import ASSURANCE, birth_in, enough, well_formed
from hall.wire.messages import Assurance, Present, Source

WITHIN = 3.8  # seconds for verifier and library together: the terminal gives up after 4.5
MINUTE = 60.0
THREADS, MOST_ASKED = 4, 32


@dataclass(frozen=True, slots=True)
class Rules:
    """What a hall allows."""

    assurance: Assurance = "substantial"  # least that shows certificates
    seconds: int = 300  # that a presentation lives unless its holder leaves before
    most: int = 256  # presentations at once
    most_a_terminal: int = 8  # one person stands before it; of more the oldest are forgotten
    refused_a_minute: int = 30  # refused codes of one terminal before it has to wait


class Enquiry:
    """Asks on threads of its own. What a code was and whose lives as long as the question."""

    def __init__(
        self,
        verifier: CodeVerifier | None,
        library: CertificateLibrary | None,
        rules: Rules,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._verifier, self._library, self._rules = verifier, library, rules
        self._clock, self._monotonic = clock, monotonic
        self._asking = Asking("presenting", THREADS, MOST_ASKED)
        self._refused: dict[str, deque[float]] = {}

    async def holder(self, actor: str, request: Present) -> tuple[Holder, Source]:
        """Whom the request stands for. Raises Refused."""
        if (document := request.document) is not None:
            if not well_formed(document.number):
                raise Refused("request.invalid", {"field": "document.number"})
            return Holder(document.number, document.name, birth_in(document.number)), document.source
        verifier, text = self._verifier, request.code or ""
        if verifier is None:
            raise Refused("code.not_here")
        code = "code.unreachable"
        try:
            verified = await self._asking.ask(partial(verifier.verify, text, self._clock()), WITHIN)
            return verified.holder, verified.source
        except Refused as refused:
            code = refused.code
        except CodeError as error:
            if isinstance(error, CodeRefused):
                tries = self._refused.setdefault(actor, deque(maxlen=self._rules.refused_a_minute))
                tries.append(self._monotonic())
                code = "code.unknown"
            code = error.code if error.code in CODES else code
        except TimeoutError:
            pass
        except Exception as error:  # noqa: BLE001  an adapter's mistake: the citizen has to be told something
            log_mistake("verifier", error)
        raise Refused(code)

    async def certificates(
        self, holder: Holder, source: Source, within: float
    ) -> tuple[str, tuple[Certificate, ...]]:
        """The certificates of ``holder``, or the code of why there is no list."""
        if self._library is None:
            return "certificates.not_here", ()
        if not enough(ASSURANCE[source], self._rules.assurance):
            return "certificates.assurance", ()
        try:
            return "", await self._asking.ask(partial(self._library.certificates, holder), within)
        except LibraryAway as error:
            return error.code if error.code in CODES else "certificates.unreachable", ()
        except (TimeoutError, Refused):  # who it is is known all the same
            return "certificates.unreachable", ()
        except Exception as error:  # noqa: BLE001  an adapter's too
            log_mistake("library", error)
            return "certificates.unreachable", ()

    def too_many(self, actor: str) -> bool:
        """Whether so many codes were refused at a terminal that it has to wait."""
        tries = self._refused.get(actor)
        if tries is None or len(tries) < self._rules.refused_a_minute:
            return False
        return self._monotonic() - tries[0] < MINUTE

    def close(self) -> None:
        self._asking.close()
