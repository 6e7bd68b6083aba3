"""What can go wrong with an ID-card reader beyond what goes wrong with any device.

DriverError (drivers.errors)
├── DeviceAbsent            port gone
├── DeviceTimeout           no answer
├── DeviceProtocol          garbled answer, or the SAM says that it got our request garbled (10 11 21)
└── DeviceRefused           a proper no that nobody here can explain further (23 24 …)
    ├── CardMoved           lifted too soon, or not lying well: lay it down again (41 47 80 81)
    ├── CardUnreadable      SAM and card don't trust each other: another card or a clerk (31 32 33)
    ├── CardUnsupported     not an ID card, or one of a kind this driver has no layout for (40)
    └── SamUnfit            the reader's security module is ill or not authorised: maintenance (60 66)
"""

from drivers.errors import DeviceProtocol, DeviceRefused, DriverError
from drivers.idcard.codec import Status


class CardMoved(DeviceRefused):
    code = "fault.card_moved"
    retryable = True


class CardUnreadable(DeviceRefused):
    code = "fault.card_unreadable"


class CardUnsupported(DeviceRefused):
    code = "fault.card_unsupported"


class SamUnfit(DeviceRefused):
    code = "fault.reader_unfit"


_MEANING: dict[int, type[DriverError]] = {
    Status.CHECKSUM_ERROR: DeviceProtocol,
    Status.LENGTH_ERROR: DeviceProtocol,
    Status.COMMAND_ERROR: DeviceProtocol,
    Status.CARD_REJECTED_BY_SAM: CardUnreadable,
    Status.SAM_REJECTED_BY_CARD: CardUnreadable,
    Status.VERIFICATION_FAILED: CardUnreadable,
    Status.UNKNOWN_CARD: CardUnsupported,
    Status.READ_FAILED: CardMoved,
    Status.RANDOM_FAILED: CardMoved,
    Status.NO_CARD: CardMoved,
    Status.SELECT_FAILED: CardMoved,
    Status.SELF_TEST_FAILED: SamUnfit,
    Status.NOT_AUTHORISED: SamUnfit,
}


def refusal(command: str, status: int) -> DriverError:
    """The error that ``status``, answered to ``command``, stands for; DeviceRefused for any unknown one."""
    return _MEANING.get(status, DeviceRefused)(f"command={command} status={status:02X}")
