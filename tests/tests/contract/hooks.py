"""Extends schemathesis by what a schema cannot say.

A rule about several parameters, a cursor that a list must have returned and a
range that moves with time are described in words. `dependent.txt` lists how
the details of their problems begin; every other rejection of a request that
the schema allows is a failure.
"""

from pathlib import Path

import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

DEPENDENT = tuple(Path(__file__).with_name("dependent.txt").read_text().splitlines())


def is_dependent(problem):
    errors = problem.get("errors") or [problem]
    return all(error["detail"].startswith(DEPENDENT) for error in errors)


@schemathesis.check
def valid_data_acceptance(ctx, response, case):
    if response.status_code == 400 and is_dependent(response.json()):
        return None
    return positive_data_acceptance(ctx, response, case)
