"""Diagnoses an API that failed: is the stage stale, and which hop is at fault?

Changes nothing: GetExport, GetResources, and one invocation of the function, which costs what a run costs.
"""

from __future__ import annotations

from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from ..aws import Account
from ..errors import CouldNotRun
from .lag import ObservedTarget
from .localise import UNKNOWN, localise
from .runs import Plan, challenge_once
from .series import Conclusion
from .stage import Integration, StageClient, configured, deployed, stale
from .subject import Subject
from .verdicts import FAILED, OUTCOMES, Verdict

#: What a stage that was not deployed again can look like.
OF_A_STALE_STAGE = frozenset(
    {
        Verdict.BUFFERED,
        Verdict.BAD_FRAME,
        Verdict.SERVER_ERROR,
        Verdict.TRUNCATED,
        Verdict.AUTH,
        Verdict.UNREACHABLE,
    }
)
#: What the transfer mode of the stage helps to localise.
OF_A_HOP = OF_A_STALE_STAGE | {Verdict.BATCHED, Verdict.STALLED}


def diagnose(subject: Subject, plan: Plan, conclusion: Conclusion, region: str | None) -> Conclusion:
    """Return the conclusion with the result of the diagnosis."""
    live = None
    if subject.route and conclusion.verdict in OF_A_HOP:
        try:
            live, difference = _compare(subject, region)
        except (BotoCoreError, ClientError) as failure:
            unknown = f"whether the stage is stale could not be asked: {' '.join(str(failure).split())}"
            conclusion = replace(conclusion, evidence=(*conclusion.evidence, unknown))
        else:
            if difference and conclusion.verdict in OF_A_STALE_STAGE:
                evidence = (difference, *conclusion.evidence)
                return replace(conclusion, verdict=Verdict.STALE_DEPLOYMENT, evidence=evidence)
    if subject.function is None or OUTCOMES[conclusion.verdict].exit_code != FAILED:
        return conclusion
    challenge = next(plan.challenges())
    try:
        direct = challenge_once(ObservedTarget(subject.function), challenge, plan)
    except CouldNotRun as failure:
        unknown = f"the function could not be compared: {failure}"
        return replace(conclusion, evidence=(*conclusion.evidence, unknown), hop=UNKNOWN)
    hop, sentence = localise(conclusion.verdict, direct.verdict, live.transfer_mode if live else None)
    return replace(conclusion, evidence=(*conclusion.evidence, sentence), hop=hop)


def _compare(subject: Subject, region: str | None) -> tuple[Integration | None, str]:
    route = subject.route
    assert route is not None
    with Account(route.region or region) as account:
        apigateway = account.client(StageClient, "apigateway")  # type: ignore[type-abstract]
        live = deployed(route, apigateway)
        return live, stale(live, configured(route, apigateway))
