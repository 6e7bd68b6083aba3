"""The plan of a rollout as a form, and how many terminals each of its waves would reach."""

from collections import Counter

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.datastructures import FormData

from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import text
from provisioning.centre.drafts import Draft
from provisioning.centre.reach import reached
from provisioning.centre.rollout_plan import Candidate, Plan, assign


def planned(form: FormData, before: Plan) -> Plan:
    """The plan of the form; what the form does not ask stays as in ``before``. Raises Rejected."""
    told = before.model_dump()
    try:
        return Plan.model_validate(
            told
            | {
                "waves": tuple(text(form, "waves").replace("，", " ").replace(",", " ").split()),
                "soak_seconds": float(text(form, "soak_minutes")) * 60,
                "patience_seconds": float(text(form, "patience_minutes")) * 60,
                "success": float(text(form, "success")) / 100,
                "failures": float(text(form, "failures")) / 100,
                "hall_failures": int(text(form, "hall_failures")),
                "on_failure": text(form, "on_failure"),
                "apply": told["apply"] | {"when": text(form, "when"), "window": text(form, "window")},
            }
        )
    except ValidationError as error:
        raise Rejected("request.invalid", facts={"field": str(error.errors()[0]["loc"][0])}) from error
    except ValueError as error:
        raise Rejected("request.invalid", facts={"field": "plan"}) from error


def waves(db: Connection, draft: Draft) -> tuple[tuple[str, int], ...]:
    """Each step of the plan with the terminals that its changes speak for."""
    candidates = [Candidate(one.id, one.hall, one.role) for one in reached(db, draft.changes)]
    counts = Counter(assign(candidates, draft.plan, f"draft {draft.id}").values())
    return tuple((step, counts[number]) for number, step in enumerate(draft.plan.steps))
