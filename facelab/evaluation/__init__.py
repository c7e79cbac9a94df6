"""How well embeddings tell people apart, with the uncertainty of having met only a few people.

    result = verify(embeddings, labels)       # (N, D), (N,): all pairs, or pairs=(first, second)
    result.auc()                              # 0.969 (0.951 to 0.983)
    identify(gallery, gallery_labels, probes, probe_labels).rank(1)
    verify(embeddings, labels, hard_pairs(baseline, labels))    # look-alikes only

Every number is an `Estimate`: a float that carries the interval of a bootstrap over people.
"""

from facelab.evaluation._distractors import DistractorCurve
from facelab.evaluation._pairs import MOST_PAIRS, all_pairs, sample_pairs
from facelab.evaluation._statistics import Roc
from facelab.evaluation.estimate import Estimate
from facelab.evaluation.identification import Cmc, Identification, identify
from facelab.evaluation.look_alikes import hard_pairs
from facelab.evaluation.paired import RunsMean, holm, mean_over_runs
from facelab.evaluation.ranks import rank_auc
from facelab.evaluation.threshold import accuracy_at, best_threshold
from facelab.evaluation.verification import Verification, verify

__all__ = [
    "MOST_PAIRS",
    "Cmc",
    "DistractorCurve",
    "Estimate",
    "Identification",
    "Roc",
    "RunsMean",
    "Verification",
    "accuracy_at",
    "all_pairs",
    "best_threshold",
    "hard_pairs",
    "holm",
    "identify",
    "mean_over_runs",
    "rank_auc",
    "sample_pairs",
    "verify",
]
