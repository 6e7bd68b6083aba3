"""What can be wrong with a catalogue file.

CatalogueDamaged              what is there is not what was published
├── CatalogueTruncated        the file ends too early
├── CatalogueFormat           not a catalogue, or one that this version does not know
├── CatalogueWrongHall        the catalogue of another hall
├── CatalogueOlder            older than the one that is there
├── CatalogueBadSignature     the signature does not belong to this content
└── CatalogueUnknownKey       signed by somebody whom nobody here trusts
"""


class CatalogueDamaged(Exception):
    """A file that cannot be used as the catalogue; ``code`` says why."""

    code = "catalogue.damaged"


class CatalogueTruncated(CatalogueDamaged):
    code = "catalogue.truncated"


class CatalogueFormat(CatalogueDamaged):
    code = "catalogue.format"


class CatalogueWrongHall(CatalogueDamaged):
    code = "catalogue.wrong_hall"


class CatalogueOlder(CatalogueDamaged):
    code = "catalogue.older"


class CatalogueBadSignature(CatalogueDamaged):
    code = "catalogue.bad_signature"


class CatalogueUnknownKey(CatalogueDamaged):
    code = "catalogue.unknown_key"
