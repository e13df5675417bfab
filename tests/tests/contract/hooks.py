"""Extends schemathesis by what a schema cannot say.

A rule about several parameters, a cursor that a list must have returned and a
range that moves with time are described in words. `dependent.txt` lists how
the details of their problems begin; every other rejection of a request that
the schema allows is a failure.
"""

from pathlib import Path

import schemathesis
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

DEPENDENT = tuple(Path(__file__).with_name("dependent.txt").read_text().splitlines())


schemathesis.openapi.format("time-zone", st.sampled_from(["Europe/Vienna", "America/New_York", "UTC"]))


def depends(error):
    # Whether a patch must be whole depends on what it is merged into.
    is_patch = "/quiet_hours/" in error.get("pointer", "") and error["detail"] == "The field is missing."
    return is_patch or error["detail"].startswith(DEPENDENT)


def is_dependent(problem):
    return all(depends(error) for error in problem.get("errors") or [problem])


@schemathesis.check
def valid_data_acceptance(ctx, response, case):
    if response.status_code in (400, 422) and is_dependent(response.json()):
        return None
    return positive_data_acceptance(ctx, response, case)
