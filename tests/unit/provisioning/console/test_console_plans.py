"""The plan of a rollout as a form: what the form does not ask stays."""

import pytest
from starlette.datastructures import FormData

from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.plans import planned
from provisioning.centre.rollout_plan import Plan

FORM = {
    "waves": "1，10% 100%",
    "soak_minutes": "2",
    "patience_minutes": "90",
    "success": "95",
    "failures": "5",
    "hall_failures": "2",
    "on_failure": "pause",
    "when": "window",
    "window": "22:00-05:00",
}


def test_what_the_form_asks_is_as_it_says_and_the_rest_as_before() -> None:
    before = Plan.model_validate({"same_failures": 7, "least": 0.2, "apply": {"probation_seconds": 5}})
    plan = planned(FormData(FORM), before)
    assert plan.patience_seconds == 5400
    assert (plan.waves, plan.soak_seconds, plan.on_failure) == (("1", "10%", "100%"), 120, "pause")
    assert (plan.apply.when, plan.apply.window) == ("window", "22:00-05:00")
    assert (plan.same_failures, plan.least, plan.apply.probation_seconds) == (7, 0.2, 5)


@pytest.mark.parametrize("wrong", [{"soak_minutes": "x"}, {"waves": "ten"}, {"window": "late"}])
def test_a_form_that_makes_no_plan_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Rejected):
        planned(FormData(FORM | wrong), Plan())
