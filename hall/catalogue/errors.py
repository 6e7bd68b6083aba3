"""What can be wrong with a catalogue file."""


class CatalogueDamaged(Exception):
    """A file that cannot be used as the catalogue; ``code`` says why."""

    code = "catalogue.damaged"


class CatalogueTruncated(CatalogueDamaged):
    """The file ends too early."""

    code = "catalogue.truncated"


class CatalogueFormat(CatalogueDamaged):
    """Not a catalogue, or one that this version does not know."""

    code = "catalogue.format"


class CatalogueWrongHall(CatalogueDamaged):
    """The catalogue of another hall."""

    code = "catalogue.wrong_hall"


class CatalogueOlder(CatalogueDamaged):
    """Older than the one that is there."""

    code = "catalogue.older"


class CatalogueBadSignature(CatalogueDamaged):
    """The signature does not belong to this content."""

    code = "catalogue.bad_signature"


class CatalogueUnknownKey(CatalogueDamaged):
    """Signed by somebody whom nobody here trusts."""

    code = "catalogue.unknown_key"
