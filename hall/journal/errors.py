"""What can go wrong with a journal.

JournalError
├── SequenceTaken       somebody else appended first; read on and decide again
├── JournalUnwritable   nothing was written, it may work later (retryable)
│   ├── DiskFull
│   └── JournalLocked
├── JournalCorrupt      what is there is not what was written
├── JournalForeign      the journal of another hall
└── JournalTooNew       written by a newer version
"""


class JournalError(Exception):
    code = "journal.failed"
    retryable = False


class SequenceTaken(JournalError):
    """The sequence number that the append wanted to follow is no longer the last one."""

    code = "journal.sequence_taken"
    retryable = True


class JournalUnwritable(JournalError):
    code = "journal.unwritable"
    retryable = True


class DiskFull(JournalUnwritable):
    code = "journal.disk_full"


class JournalLocked(JournalUnwritable):
    code = "journal.locked"


class JournalCorrupt(JournalError):
    code = "journal.corrupt"


class JournalForeign(JournalError):
    code = "journal.other_hall"


class JournalTooNew(JournalError):
    code = "journal.too_new"
