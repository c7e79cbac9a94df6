"""A threshold chosen on some pairs, and how often it decides other pairs rightly.

accuracy(t) = share of pairs with (score >= t) == same
best        = the t with the highest accuracy, the highest such t if several are as good; or that
              of the mean of TAR and 1 - FAR, where both kinds of pairs are to count alike
"""

import numpy as np

from facelab.evaluation._tally import Tally, thresholds
from facelab.evaluation.estimate import Estimate, with_interval
from facelab.evaluation.verification import Verification


def best_threshold(verification: Verification, *, even: bool = False) -> float:
    """The least score to be taken for one person, as suits these pairs best.

    Args:
        verification: the pairs.
        even: whether both kinds count alike, however many pairs there are of each; for pairs that
            stand for others in other shares.

    Returns:
        One of the scores, or infinity if it is best to accept nothing.
    """
    cuts = thresholds(verification.scores, verification.same)
    counts = Tally(cuts, verification.scores, verification.same, None).plain()
    same, different = counts.same[0], counts.different[0]  # whole numbers, so that ties are ties
    weight = (different[-1], same[-1]) if even else (1, 1)
    return float([np.inf, *cuts][int((weight[0] * same - weight[1] * different)[:-1].argmax())])


def accuracy_at(verification: Verification, threshold: float) -> Estimate:
    """Share of pairs decided rightly at a threshold that was chosen elsewhere.

    Args:
        verification: the pairs.
        threshold: the least score taken for one person; may be infinite.

    Returns:
        The share; its interval takes the threshold as given and the people as drawn.

    Raises:
        ValueError: if the threshold is NaN.
    """
    if np.isnan(threshold):
        raise ValueError("threshold must be a number, not nan")
    met, base = verification, verification._base_rate()
    tally = Tally(np.array([threshold]), met.scores, met.same, met.people)
    value = float(tally.plain().right()[0, 1])
    if few := met._too_few:
        return Estimate(value, level=met.level, note="; ".join(filter(None, [base, few])))
    draws = None
    if met.people is not None:
        draws = np.concatenate([counts.right()[:, 1] for counts in tally.drawn(met._met)])
    return with_interval(value, draws, met.level, base)
