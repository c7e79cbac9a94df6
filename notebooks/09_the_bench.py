# %% [markdown]
# # 09 · The bench
#
# **Question: which loss is best, and what would you have to do before you may say so?**
#
# *Thirty minutes. You need lesson 08.*
#
# Afterwards you will be able to compare losses in pairs, to say what an interval around a
# difference knows and does not know, and to read a verdict: seen, not seen, opposite.

# %%
import numpy as np
from IPython.display import Markdown, display
from matplotlib import pyplot as plt

import facelab
from facelab import evaluation, figures, geometry, lessons
from facelab.evaluation import mean_over_runs
from facelab.experiments.reproduce import CLAIMS, VERDICTS, read_store, stored

findings = {name: stored(name) for name in CLAIMS if name in read_store()}
lessons.setup()

# %% [markdown]
# ## The competitors
#
# Every paper has a table in which its own loss is printed in bold. Here are some of those losses
# above each other: what each makes of the angle between a photograph and its center.

# %%
theta, curves = np.linspace(0, np.pi, 181), {"NormFace": {"loss": "cosface", "margin": 0}}
curves |= {f"ArcFace, m = {m}": {"loss": "arcface", "margin": m} for m in (0.3, 0.5)}
curves = {name: geometry.target_curve(theta=theta, **of) for name, of in curves.items()}
dial = facelab.MarginDial(loss="arcface", margin=0.3, scale=16, all_losses=True)
lessons.beside(dial, figures.target_curves(theta, curves))

# %% [markdown]
# Six ways of training take part below: plain softmax; NormFace; ArcFace with the settings that suit
# small sets of faces; ArcFace with the settings of its paper, $m = 0.5$ and $s = 64$, which were
# made for tens of thousands of people; center loss; and triplet loss, which has no centers at all.
#
# To be fair, `facelab.compare` gives all of them **the same** in each run: thirty people of forty
# to learn from, ten to be tested on, first weights of the network, order and distortion of the
# images.
# Five runs, each with other people held out. First look at one run only.

# %%
entries = ["softmax", "normface", "arcface", "arcface:margin=0.5,scale=64", "center", "triplet"]
bench = facelab.compare(entries, seeds=5, epochs=8, backbone="live", progress=False)
tar = {loss: bench.values(loss, "tar@1e-2") for loss in entries}
first = {loss: values[0] for loss, values in tar.items()}
for loss in sorted(first, key=first.get, reverse=True):
    print(f"{loss:28s} TAR at FAR 1 % {first[loss]:.3f}")
lessons.formula("arcface")

# %%
lessons.predict(
    "Somebody wins this table. With ten other people held out, does the same one win again?",
    ["yes, in all five runs", "no"],
    answer=1,
    why="From run to run the same loss moves much further than the losses are apart.",
)

# %%
runs = np.stack(list(tar.values()))
print("winners of the five runs:", *(entries[k] for k in runs.argmax(0)), sep="  ")
print(f"one loss over the runs differs by {np.ptp(runs, 1).mean():.2f} on average,")
print(f"the six losses of one run by {np.ptp(runs, 0).mean():.2f}")
broken = {loss.replace(":", "\n"): values for loss, values in tar.items()}  # names in two lines
_ = figures.pairs(broken, plt.subplots(figsize=(8, 4))[1], ylabel="TAR at FAR 1 %")

# %% [markdown]
# Each line is a run: ten people. Some tens are easy and some are hard, for everybody. This is why a
# number from one paper must not be compared with a number from another, if they do not stand on the
# same people. And it shows what helps: **a run that is high is high for nearly all losses**.
#
# ## In pairs
#
# So take away from each loss what softmax had in the same run, with the same people: $d_j$. What
# was easy for both is gone. Then ask for the mean of these differences, and its interval:
#
# $$\bar d \pm t_{n-1} \sqrt{
# \left(\frac{1}{n} + \frac{\text{tested}}{\text{trained on}}\right) s^2}$$
#
# $s^2$ is the variance of the $d_j$ and $t_{n-1}$ Student's quantile. The second fraction is there
# because the runs share people: a thousand splits of forty people are still forty people, and this
# part does not shrink.

# %%
lessons.predict(
    "The interval of ArcFace's mean TAR, and the interval of its difference to softmax: how much "
    "narrower is the second?",
    ["not at all", "about two to four times", "ten times"],
    answer=1,
    why="Pairing takes away who was easy or hard for both. What is left is still not small.",
)

# %%
alone, paired = bench.mean("arcface", "tar@1e-2"), bench.difference("arcface", "tar@1e-2")
print(f"ArcFace {alone!r}\nArcFace minus softmax {paired.estimate!r}, p {paired.p:.2f}")
width = [each.high - each.low for each in (alone, paired.estimate)]
print(f"{width[0] / width[1]:.1f} times narrower\n", *bench.notes)
display(bench.table("tar@1e-2").drop(columns=["runs", "seconds"]).round(3))
_ = bench.forest("tar@1e-2")
lessons.show_source(mean_over_runs, docs=False)

# %% [markdown]
# A square is filled where its interval does not hold 0; the ticks are single runs. On these forty
# people, with a small network and a minute's training, **no loss is shown to be better than plain
# softmax**, nor worse. This does not say that they are equal: it says that forty people cannot
# tell. Nor were the settings searched; `facelab compare ... --tune` gives each loss the same number
# of tries, on people who are then not tested.
#
# ## The table of verdicts
#
# So much for a minute. facelab re-stages the central claim of each paper at greater length, with
# more runs, and with sketched people where forty are too few. What came out is stored. **The next
# cell trains nothing: it reads what was computed before.** `facelab.reproduce("arcface")` does it
# again, in minutes. *Seen*: the whole interval lies on the side of the claim. *Opposite*: on the
# other. *Not seen*: neither.

# %%
lessons.predict(
    "Claims of the papers, tried with a few dozen people: what will most verdicts be?",
    ["seen", "not seen", "opposite"],
    answer=int(np.argmax([sum(f.verdict == v for f in findings.values()) for v in VERDICTS])),
    why="Look at the table below. A claim about a million people may be true and still not show "
    "on sixty; and what shows on sixty may still fail on a million.",
)

# %%
rows, middle = ["| claim | verdict | the number that decides |", "|---|---|---|"], {}
for name, claim in CLAIMS.items():
    verdict, number = "not tried yet", ""
    if name in findings:
        mean, verdict = findings[name].mean.estimate, f"**{findings[name].verdict}**"
        number = f"{claim.number}: {mean:+.3f} ({mean.low:+.3f} to {mean.high:+.3f})"
        middle[f"{name}: {findings[name].verdict}"] = 2 * mean / (mean.high - mean.low)
    rows.append(f"| `{name}` {claim.sentence} | {verdict} | {number} |")
display(Markdown("\n".join(rows)))
print(*(f"{v}: {sum(f.verdict == v for f in findings.values())}" for v in VERDICTS), sep="   ")
at, words = np.array(list(middle.values())), "number that decides, in half widths of its interval"
_ = figures.forest(list(middle), at, at - 1, at + 1, xlabel=words)

# %% [markdown]
# The numbers that decide have different units: a rate, an angle, a loss. So in the figure each is
# divided by half the width of its own interval; all intervals are then equally long, and only one
# thing can be read: how far from 0, for what could be known. Right of 0 is the side of the claim.
#
# A verdict is one line. What stands behind it is more: what was trained, on whom, why these
# settings, and each run. Here is one in full, the first that was seen, or the first of all.

# %%
seen = [name for name, finding in findings.items() if finding.verdict == "seen"]
findings[[*seen, *findings][0]]

# %% [markdown]
# ## What breaks?
#
# **Looking often enough.** Take twenty losses that are all *exactly as good* as softmax. Each is
# tested against it, and a p below 0.05 is called a success.

# %%
lessons.predict(
    "How likely is it that at least one of the twenty looks better or worse than softmax?",
    answer=64,
    why="Each of them stays silent with 95 %; that all twenty do is 0.95 to the power of 20. This "
    "is how a table with many rows finds its winner.",
    low=0,
    high=100,
    unit=" %",
)

# %%
print(f"at least one of twenty: 1 - 0.95^20 = {1 - 0.95**20:.0%}")
rng, plain, corrected = np.random.default_rng(0), [], []
for _ in range(400):
    people = 0.5 * rng.normal(size=(20, 1))  # what the runs share: a quarter of the variance
    found = 0.02 * (people + np.sqrt(0.75) * rng.normal(size=(20, 5)))
    p = [mean_over_runs(d, range(5), ratio=10 / 30).p for d in found]
    plain.append(min(p) < 0.05)
    corrected.append(evaluation.holm(p).min() < 0.05)
print(f"400 tables of twenty equal losses: a success in {np.mean(plain):.0%}")
print(f"with p corrected by Holm: in {np.mean(corrected):.0%}")

# %% [markdown]
# So `facelab.compare` shows the p of **Holm**: the smallest p is multiplied by the number of
# losses, the next by one less, and so on, and none may end below the one before it. The verdicts
# above are many tries too, and are not corrected: where an interval ends just beside 0, as for
# `ddl` and `sphereface2_noise`, another five runs may decide otherwise. Three more ways to find a
# winner where there is none: show the best seed only; search the settings of one's own loss and
# leave the others as they were; choose the test after the training. None needs a lie.
#
# ## Your turn
#
# **1.** The differences of $n$ runs have the standard deviation 0.02; thirty people were trained on
# and ten tested. Write the standard error of their mean: the root in the formula above.


# %%
def error(n):
    return 0.02 * np.sqrt(1 / n)  # your line
    # solution: return 0.02 * np.sqrt(1 / n + 10 / 30)


# %%
lessons.check(
    error,
    lambda n: 0.02 * np.sqrt(1 / n + 10 / 30),
    at=np.arange(2, 61),
    axes=("runs n", "standard error of the mean difference"),
    hints={
        lambda n: 0.02 * np.sqrt(1 / n): "With enough runs yours becomes 0, as if there were more "
        "than forty people.",
        lambda n: 0.02 * np.sqrt(1 / n + 30 / 10): "The fraction is upside down: few people tested "
        "should add little.",
        lambda n: 0.02 * (1 / n + 10 / 30): "That is without the root: variances are added, the "
        "error is the root of the sum.",
    },
)

# %% [markdown]
# **2.** Three losses have p = 0.01, 0.03 and 0.04. Correct them by Holm.

# %%
corrected_p = np.array([0.01, 0.03, 0.04])  # your line
# solution: corrected_p = np.array([0.03, 0.06, 0.06])

# %%
lessons.check(
    corrected_p,
    evaluation.holm([0.01, 0.03, 0.04]),
    axes=("test", "corrected p"),
    hints={
        (0.01, 0.03, 0.04): "These are as they were: three tests, three chances to be lucky.",
        (0.03, 0.09, 0.12): "That is Bonferroni: safe too, but stricter than need be. The second "
        "is multiplied by two only.",
        (0.03, 0.06, 0.04): "The last ends below the one before it; that may not be.",
    },
)

# %% [markdown]
# Both solved: `solutions/09_the_bench.ipynb`.
#
# ## Quiz

# %%
lessons.quiz(
    [
        (
            "What must two losses share to be compared in pairs?",
            ["the number of epochs", "people, first weights and images of each run", "nothing"],
            1,
            "Then what was easy or hard for both is gone from the difference.",
        ),
        (
            "The interval of a difference holds 0. What may you write?",
            ["the losses are equal", "these data do not tell them apart", "the claim is wrong"],
            1,
            "An interval that holds 0 holds other numbers as well.",
        ),
        (
            "A thousand splits of forty people instead of five. What happens to the interval?",
            ["it vanishes", "it stays as it is", "it shrinks, but not below what the people allow"],
            2,
            "The second fraction in the formula does not depend on the number of runs.",
        ),
        (
            "A paper compares twenty losses and one has p = 0.03. What do you ask?",
            ["whether p was corrected", "which network was used", "nothing: 0.03 is small"],
            0,
            "Among twenty equal losses, at least one reaches it in nearly half of all such tables.",
        ),
    ]
)

# %% [markdown]
# ## Sources
#
# Intervals over runs that share people: Nadeau and Bengio, "Inference for the generalization
# error", Machine Learning, 2003. Many tests: Holm, Scandinavian Journal of Statistics, 1979. That
# losses compared fairly are closer than their papers say was found for metric learning by Musgrave,
# Belongie, Lim, "A metric learning reality check", ECCV 2020, arXiv:2003.08505. ArcFace: Deng et
# al., CVPR 2019, arXiv:1801.07698.
#
# ## Where next
#
# **10 · Quality in the norm**: the length of an embedding was thrown away so far. What if it says
# how good the photograph is?
