"""What can go wrong with a device, as types for programs and codes for people.

    DriverError
    ├── DeviceAbsent      the port cannot be opened, or went away while in use
    ├── DeviceTimeout     the device said nothing in time
    ├── DeviceProtocol    the device answered, but not in its protocol
    └── DeviceRefused     the device answered properly: no

``code`` is a key of the message catalogue, never a sentence; ``retryable`` says whether asking again,
unchanged, can help without anybody touching the device.
"""


class DriverError(Exception):
    """Base of every failure a driver reports; the message carries facts (port, command, seconds)."""

    code = "fault.device"
    retryable = False


class DeviceAbsent(DriverError):
    code = "fault.device_absent"
    retryable = True


class DeviceTimeout(DriverError):
    code = "fault.device_silent"
    retryable = True


class DeviceProtocol(DriverError):
    code = "fault.device_garbled"
    retryable = True


class DeviceRefused(DriverError):
    code = "fault.device_refused"
    retryable = False
