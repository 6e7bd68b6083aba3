"""What whoever typed a command can mend becomes one line; what is a mistake of ours keeps its traceback."""

import re

CODE = re.compile(r"[a-z_]+\.[a-z_]+")  # a code of ours (docs/codes.md); other libraries' look different


def words(error: Exception) -> str | None:
    """What to say of ``error``: files and networks that fail, refusals with a code of ours. None: a bug."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    code = getattr(error, "code", None)
    if not isinstance(code, str) or not CODE.fullmatch(code):
        return None
    return str(error) if code in str(error) else f"{error} ({code})"
