"""What can go wrong with a scanner beyond what goes wrong with any device. None of it ever carries a code's content.

DriverError (drivers.errors)
├── ScannerGone       DeviceAbsent     the port cannot be opened, is held by somebody else, or went away
├── ScannerSilent     DeviceTimeout    a command was not answered
├── ScannerGarbled    DeviceProtocol   it answered, but damaged, every time
└── ScannerRefused    DeviceRefused    it understood, and will not; or it is of another family than was set
"""

from drivers.errors import DeviceAbsent, DeviceProtocol, DeviceRefused, DeviceTimeout


class ScannerGone(DeviceAbsent):
    code = "fault.scanner_gone"


class ScannerSilent(DeviceTimeout):
    code = "fault.scanner_silent"


class ScannerGarbled(DeviceProtocol):
    code = "fault.scanner_garbled"


class ScannerRefused(DeviceRefused):
    code = "fault.scanner_refused"
