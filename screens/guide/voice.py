"""A page as it is read aloud: sentences as many as one hears out, with dates, times and phones said as people do.

No Kivy, no sound.
"""

import re

from screens.words.words import Words

MOST = 260  # characters: about a minute; a loudspeaker takes 300 (drivers.voice.phrases)

_ENDS = ("。", "！", "？", "!", "?")
_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_TIME = re.compile(r"(?<![\d:])(\d{1,2})[:：](\d{2})(?![\d:])")
_UNTIL = re.compile(r"(?<=[点分])\s*[–—~～-]\s*(?=\d)")
# A line's number with its area code, a mobile, or a hotline of five digits that counts nothing.
_PHONE = re.compile(r"(?<![\d.-])(?:\d{3,4}-\d{7,8}|1\d{10}|1\d{4}(?!\s*[元万人个平名户吨份]))(?![\d.])")


def spoken(words: Words, *parts: str, most: int = MOST) -> str:
    """``parts`` one after another, as many as fit; the first is shortened if it must be."""
    stop = "。" if words.language == "zh" else ". "
    text = ""
    for part in parts:
        said = as_said(words, " ".join(part.split())).rstrip("。.；;，,、：: ")
        if not said:
            continue
        said = said if said.endswith(_ENDS) else said + stop
        if len(text) + len(said) > most:
            return (text or said[: most - 1] + stop).strip()
        text += said
    return text.strip()


def as_said(words: Words, text: str) -> str:
    """Phones digit by digit; in Chinese also 2020年6月1日 and 9点到12点30分."""
    if words.language == "zh":
        text = _DATE.sub(lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", text)
        text = _TIME.sub(_hour, text)
        text = _UNTIL.sub("到", text)
    return _PHONE.sub(lambda found: " ".join(found[0].replace("-", "")), text)


def _hour(found: re.Match[str]) -> str:
    minutes = int(found[2])
    return f"{int(found[1])}点{f'{minutes}分' if minutes else ''}"
