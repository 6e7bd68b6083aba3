"""What can go wrong with a chip card in a PC/SC slot beyond what goes wrong with any device.

DriverError (drivers.errors)
├── DeviceAbsent        no reader, no PC/SC service, or it went away: start again, with patience
│   └── PcscMissing     PC/SC is not installed here: no use in asking again
├── DeviceProtocol      the card answered, but not as ISO 7816-4 and LD/T 32 have it
└── DeviceRefused       a proper no (another program holds the card, an unknown status word)
    ├── CardPulled      taken out in the middle, or bad contact: put it in again
    ├── CardMute        no answer to the reset: the wrong way round, or a dead chip
    ├── CardUnreadable  a 社保卡, but what is needed can't be read from it
    ├── NotSocialCard   a chip card of another kind
    └── KeysNeeded      a 社保卡 of the third generation: its content needs the issuer's keys

No message holds anything that was read from a card; at most a status word and a tag.
"""

from drivers.errors import DeviceAbsent, DeviceRefused


class PcscMissing(DeviceAbsent):
    code = "fault.pcsc_missing"
    retryable = False


class CardPulled(DeviceRefused):
    code = "fault.card_moved"
    retryable = True


class CardMute(DeviceRefused):
    code = "fault.card_wrong_way"
    retryable = True


class CardUnreadable(DeviceRefused):
    code = "fault.card_unreadable"


class NotSocialCard(DeviceRefused):
    code = "fault.card_not_social"


class KeysNeeded(DeviceRefused):
    code = "fault.card_third_generation"
