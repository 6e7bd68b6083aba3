"""Everything with which a hall lets people show who they are: made together, forgotten together."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hall.attachments import Attachments
from hall.certificates.port import CertificateLibrary
from hall.certificates.watermark import watermarked
from hall.codes.port import CodeVerifier
from hall.enquiry import Rules
from hall.faces import Faces
from hall.keys import Keys
from hall.presentations import Presentations
from hall.service import Service
from hall.shares import SECONDS, Shares
from hall.wire.messages import OutsideView


@dataclass(frozen=True, slots=True)
class Showing:
    presentations: Presentations
    attachments: Attachments
    shares: Shares
    faces: Faces
    outsides: tuple[Callable[[], OutsideView], ...]  # how the services outside the hall stand

    def close(self) -> None:
        """Forget everybody. Verifier and library stay open: whoever made them closes them."""
        for one in (self.presentations, self.attachments, self.shares, self.faces):
            one.close()


def showing(
    service: Service,
    keys: Keys,
    verifier: CodeVerifier | None,
    library: CertificateLibrary | None,
    font: Path,
    monotonic: Callable[[], float],
    *,
    rules: Rules | None = None,
    share_seconds: int = SECONDS,
) -> Showing:
    """Around a started ``service``, on its thread. None: the hall reads no codes, shows no certificates.

    ``font`` draws watermarks.
    """
    plan, clock, rules = service.plan, service.clock, rules or Rules()
    faces = Faces(library, partial(watermarked, font=font), plan.hall.name, lambda: plan.local(clock()))
    return Showing(
        presentations=Presentations(
            verifier, library, faces, rules, lambda: keys.day_key(plan.day(clock())), clock, monotonic
        ),
        attachments=Attachments(service, faces, monotonic),
        shares=Shares(clock, monotonic, share_seconds),
        faces=faces,
        outsides=tuple(one.state for one in (verifier, library) if one is not None),
    )
