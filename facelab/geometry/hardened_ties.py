"""Where two people tie when a center that beats the true one counts differently; see `hardened`.

    first curve    psi(theta_1) = cos(theta_2)                 the boundary of the base
    second curve   psi(theta_1) = t cos(theta_2) + t - 1       what SV and MV demand in truth

As long as the other center beats the true one the loss aims at the second curve; at the first it
lets go, and falls by a step. CurricularFace may move the boundary itself: while t is small, a hard
center counts so little that it may come nearer than psi.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, arccos, number_of, word_of
from facelab.geometry.bases import arcface, base_curve
from facelab.geometry.hardened import FORMS, mv_softmax, sv_softmax


def sv_softmax_tie(
    theta_1: npt.ArrayLike,
    *,
    base: str = "softmax",
    margin: float,
    t: float,
    easy: str = "none",
    beyond_pi: str = "linear",
) -> Array:
    """The boundary of the base; where an easy margin lifts psi, hardened centers are still there.

    Args:
        theta_1: angle to the true center, radians, any shape.
        base, margin, easy, beyond_pi: see `sv_softmax`.
        t: hardness, at least 1.
    """
    psi = sv_softmax(theta_1, base=base, margin=margin, easy=easy, beyond_pi=beyond_pi)
    beaten = base_curve(base, theta_1, margin, beyond_pi)
    return _hardened_tie(psi, beaten, (psi + 1) / number_of("t", t, 1) - 1)


def mv_softmax_tie(
    theta_1: npt.ArrayLike,
    *,
    base: str = "arcface",
    form: str = "adaptive",
    margin: float,
    extra: float,
    easy_margin: bool = False,
    beyond_pi: str = "linear",
) -> Array:
    """As `sv_softmax_tie`; `form` and `extra` count only where an easy margin lifts psi."""
    easy = {"easy_margin": easy_margin, "beyond_pi": beyond_pi}
    psi = mv_softmax(theta_1, base=base, margin=margin, **easy)  # type: ignore[arg-type]
    beaten = base_curve(base, theta_1, margin, beyond_pi)
    return _hardened_tie(psi, beaten, _unraised(psi, form, extra))


def _hardened_tie(psi: Array, beaten: Array, unhardened: Array) -> Array:
    """The tie of psi with another center that is hardened where its cosine is above `beaten`."""
    return arccos(np.where(psi <= beaten, psi, np.maximum(beaten, unhardened)))


def _unraised(psi: Array, form: str, extra: float) -> Array:
    t = number_of("extra", extra, 0)
    return (psi - t) / (1 + t) if word_of("form", form, FORMS) == "adaptive" else psi - t


def sv_softmax_second(
    theta_1: npt.ArrayLike,
    *,
    base: str = "softmax",
    margin: float,
    t: float,
    beyond_pi: str = "linear",
) -> Array:
    """psi(theta_1) = t cos(theta_2) + t - 1; arguments as in `sv_softmax_tie`."""
    psi = base_curve(base, theta_1, margin, beyond_pi)
    return arccos((psi + 1) / number_of("t", t, 1) - 1)


def mv_softmax_second(
    theta_1: npt.ArrayLike,
    *,
    base: str = "arcface",
    form: str = "adaptive",
    margin: float,
    extra: float,
    beyond_pi: str = "linear",
) -> Array:
    """psi(theta_1) = (1 + t) cos(theta_2) + t, or cos(theta_2) + t with the fixed form."""
    return arccos(_unraised(base_curve(base, theta_1, margin, beyond_pi), form, extra))


def curricularface_tie(
    theta_1: npt.ArrayLike, *, margin: float, t: float = 0.0, beyond_pi: str = "linear"
) -> Array:
    """cos(theta_2) = psi(theta_1), or the larger root of cos(theta_2) (t + cos(theta_2)) = psi.

    Other centers are hard above h = cos(theta_1 + m). The root where it is hard; otherwise psi or
    h, the lower of the two. With a small t the root is above psi: early on hard centers may come
    nearer than under ArcFace.

    Args:
        theta_1: angle to the true center, radians, any shape.
        margin, beyond_pi: see `arcface`.
        t: mean cosine of the training so far, -1 to 1.
    """
    psi, mean = arcface(theta_1, margin=margin, beyond_pi=beyond_pi), number_of("t", t, -1, 1)
    hard = arcface(theta_1, margin=margin, beyond_pi="none")
    under = mean**2 + 4 * psi
    root = np.where(under >= 0, (np.sqrt(np.maximum(under, 0)) - mean) / 2, -np.inf)
    beaten = (psi < hard) | (hard * (mean + hard) > psi)  # by a center just above the lower one
    lower = np.where(beaten, np.minimum(psi, hard), np.nan)
    return arccos(np.where((root > hard) & (root <= 1), root, lower))
