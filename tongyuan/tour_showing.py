"""The tour's citizens who show who they are: certificates alone and with a number, an appointment, a forged code.

No picture is taken of an open certificate: everybody here is invented, but screens with a person's papers are not kept.
"""

import re
import time

from drivers.pcsc.simulated_card import SimulatedCard
from drivers.pcsc.vcard import sample_social_holders
from kiosk.pane import PaneClient
from tongyuan.touring import Guide

ELDERLY, ADULT = 0, 1  # places in the hall's list of invented people
COUNTING = {str(seconds) for seconds in range(1, 30)}  # what is left of an open certificate's time
RUNNING = re.compile(r"(?<!\d)[0-4]:\d\d")  # of the five minutes of a code for a clerk


def shows_certificates(guide: Guide, glass: PaneClient) -> None:
    """Only to look, and for a clerk's phone; then away, with everything forgotten."""
    guide.press(glass, "certificates", then="take", step="citizen 5: hold your code here", screen="present")
    guide.shot("k01", "hold your code here")
    begin = time.monotonic()
    with guide.held_up(guide.demo.code(ELDERLY)):
        guide.see(glass, "handover")
    guide.note("citizen 5: code held up to list", seconds=time.monotonic() - begin)
    guide.shot("k01", "certificates")
    guide.looks(glass, "certificates")
    guide.press(glass, "open", then="close", step="citizen 5: a certificate opened")
    guide.until(glass, lambda now: bool(COUNTING & set(now["texts"])), "the picture")
    guide.press(glass, "close", then="handover", step="citizen 5: closed")
    guide.press(glass, "handover", then="close", step="citizen 5: a code for a clerk to scan")
    guide.until(glass, lambda now: any(map(RUNNING.search, now["texts"])), "the code's time running")
    guide.shot("k01", "for a clerk to scan")
    guide.press(glass, "home", then="checkin", step="citizen 5: left")


def attaches_to_a_number(guide: Guide, glass: PaneClient, pad: PaneClient) -> str:
    """From a guide: what need not be brought, and the certificates that go with the number; the number."""
    guide.press(glass, "guide", then="key", step="citizen 6: welcome to guides")
    for letter in "gflh":
        guide.see(glass, "key", letter)
        guide.tap(glass, "key", letter)
    guide.press(glass, "open", "buy-house-settle", then="certificates", step="citizen 6: guide opened")
    guide.shot("k01", "guide offers to spare papers")
    guide.press(glass, "certificates", then="take", step="citizen 6: hold your code here", screen="present")
    with guide.held_up(guide.demo.code(ADULT)):
        guide.see(glass, "attach")
    guide.shot("k01", "need not be brought")
    guide.press(glass, "attach", then="agree", step="citizen 6: asked what goes with the number")
    guide.shot("k01", "consent")
    guide.press(glass, "agree", then="confirm", step="citizen 6: agreed")
    guide.shot("k01", "confirm with certificates")
    guide.press(glass, "confirm", then="finish", step="citizen 6: confirm to paper in hand")
    guide.shot("k01", "ticket with certificates")
    number = guide.number(glass, "citizen 6")
    guide.press(glass, "finish", then="take", step="citizen 6: back to welcome")
    guide.press(pad, "open", then="call-next", step="pad-13: window opened")
    guide.call(pad, "window 13 calls", expect=number)
    guide.press(pad, "start", then="finish", step="window 13: started")
    guide.press(pad, "certificates", then="certificates-view", step="window 13: what was agreed to")
    guide.shot("pad-13", "caller pad with certificates")
    guide.press(pad, "certificates-view", then="face-back", step="window 13: one certificate, once")
    guide.press(pad, "face-back", then="certificates-back", step="window 13: closed")
    guide.shot("pad-13", "caller pad with one viewed")
    guide.press(pad, "finish", then="call-next", step="window 13: finished, certificates released")
    return number


def checks_in(guide: Guide, glass: PaneClient) -> None:
    """An appointment by 社保卡; by the ID number on the keypad where there is no slot."""
    guide.press(glass, "checkin", then="type_number", step="citizen 7: welcome to check-in")
    guide.shot("k01", "check in")
    holder, slot = sample_social_holders()["elderly"], guide.demo.devices.slot
    begin = time.monotonic()
    if slot is not None:
        slot.insert(SimulatedCard(holder))
    else:
        guide.press(glass, "type_number", then="digit", step="citizen 7: keypad")
        for digit in holder.number:
            guide.tap(glass, "digit", digit)
        guide.tap(glass, "submit")
    guide.see(glass, "check_in")
    guide.note("citizen 7: card in the slot to appointment", seconds=time.monotonic() - begin)
    guide.shot("k01", "appointment")
    guide.press(glass, "check_in", then="finish", step="citizen 7: checked in, paper in hand")
    guide.shot("k01", "ticket of an appointment")
    guide.number(glass, "citizen 7")
    if slot is not None:
        slot.remove()
    guide.press(glass, "finish", then="take", step="citizen 7: back to welcome")


def is_refused(guide: Guide, glass: PaneClient) -> None:
    """A forged code, and words for whoever holds it."""
    guide.press(glass, "certificates", then="take", step="citizen 8: hold your code here", screen="present")
    with guide.held_up(guide.demo.code(ELDERLY, flaw="forged")):
        guide.until(glass, lambda now: any("code.forged" in text for text in now["texts"]), "the refusal")
    guide.shot("k01", "a forged code")
    guide.note("citizen 8: a forged code is refused")
    guide.press(glass, "home", then="checkin", step="citizen 8: left")
