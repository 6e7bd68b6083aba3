"""The picture of a certificate as it may be shown: always with the hall's watermark, never kept."""

from collections.abc import Callable
from datetime import datetime

from hall.asking import Asking, log_mistake
from hall.certificates.port import Certificate, CertificateLibrary, FaceMissing, LibraryAway
from hall.certificates.watermark import MOST_BYTES, Watermark
from hall.problems import CODES, Refused

WITHIN = 3.8  # seconds; a terminal waits a little longer than that
THREADS, MOST_ASKED = 2, 16


class Faces:
    """Asks ``library`` for pictures on threads of their own. ``clock`` gives the hall's local time."""

    def __init__(
        self,
        library: CertificateLibrary | None,
        draw: Callable[[bytes, Watermark], bytes],
        hall: str,
        clock: Callable[[], datetime],
    ) -> None:
        """``draw`` puts a watermark on a picture; ``hall`` is the name that stands in it."""
        self._library, self._draw, self._hall, self._clock = library, draw, hall, clock
        self._asking = Asking("faces", THREADS, MOST_ASKED)

    async def shown(self, certificate: Certificate, where: str, purpose: str) -> bytes:
        """A PNG that says ``where`` (a terminal, a window) and for what it was shown. Raises Refused."""
        library = self._library
        if library is None:
            raise Refused("certificates.not_here")
        mark = Watermark(hall=self._hall, terminal=where, at=self._clock(), purpose=purpose)
        code = "certificates.unreachable"
        try:
            return await self._asking.ask(lambda: self._marked(library, certificate, mark), WITHIN)
        except Refused as refused:
            code = refused.code
        except (LibraryAway, FaceMissing) as error:
            code = error.code if error.code in CODES else code
        except TimeoutError:
            pass
        except Exception as error:  # noqa: BLE001  an adapter's or a picture's mistake is no reason to quote it
            log_mistake("face", error)
            code = "certificates.no_face"
        raise Refused(code)

    def close(self) -> None:
        self._asking.close()

    def _marked(self, library: CertificateLibrary, certificate: Certificate, mark: Watermark) -> bytes:
        face = library.face(certificate)
        if len(face) > MOST_BYTES:
            raise LibraryAway("certificates.garbled_answer", "the picture is too large")
        return self._draw(face, mark)
