"""What a guide says that cannot all be true: item codes and limits that contradict the rest."""

from collections.abc import Iterator

from hall.catalogue.codes import Mistake, mistakes
from hall.catalogue.model import Guide


def doubts(guide: Guide) -> Iterator[Mistake]:
    """Element (by its name in the model), reason and detail. Such a guide is taken all the same."""
    yield from mistakes(guide.codes, guide.office.code, guide.level)
    legal, promised = guide.legal_limit, guide.promised_limit
    if legal and promised and promised.value > legal.value:
        units = (promised.unit, legal.unit)
        if units[0] == units[1] or units == ("工作日", "自然日"):  # the other way round nobody can say
            detail = f"{promised.value} {promised.unit}, by law {legal.value} {legal.unit}"
            yield "promised_limit", "limit.promise_longer", detail
