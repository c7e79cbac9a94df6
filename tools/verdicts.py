"""The table of verdicts: re-stages claims, keeps what came out, and writes docs/verdicts.md.

    python tools/verdicts.py                  re-stage what is out of step, store, write the table
    python tools/verdicts.py normface ...     re-stage these
    python tools/verdicts.py --check          say what is out of step
    python tools/verdicts.py --table          write the table only

What came out lies in facelab/experiments/reproduce/verdicts.json. A claim is out of step when its
file, or a setting of one of its losses, has changed since.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "verdicts.md"
HEAD = """# What was seen

The central claims of the papers, re-staged with a few dozen people in minutes. *Seen*: the whole
interval (95 %) of the number that decides lies on the side of the claim; *opposite*: on the other
side; *not seen*: neither. Not seen at this scale says nothing about a million people.

`facelab reproduce NAME` does it again. This page is written by `python tools/verdicts.py`.

| `facelab reproduce` | the claim | verdict | the number that decides |
|---|---|---|---|
"""


def page(claims, findings):
    """The page, a row and a paragraph for each claim.

    Args:
        claims: name -> Claim, as CLAIMS.
        findings: name -> Finding; a claim may have none yet.
    """
    rows, parts = [], []
    for name, claim in claims.items():
        finding = findings.get(name)
        verdict, number = ("not tried yet", "") if finding is None else told(finding)
        rows.append(f"| `{name}` | {claim.sentence} | {verdict} | {number} |\n")
        parts.append(f"\n## {name}\n\n{claim.sentence}\n\n* **Source**: {claim.source}\n")
        parts.append(f"* **Here**: {claim.here}\n")
        if finding is not None:
            parts.append(f"* **Found**: {finding.sentence}\n\n{table(finding.table())}")
    return HEAD + "".join(rows) + "".join(parts)


def told(finding):
    """Verdict and number of a finding, for its row."""
    mean = finding.mean.estimate
    ends = f" ({mean.low:+.3f} to {mean.high:+.3f})" if mean.low == mean.low else ", no interval"
    return f"**{finding.verdict}**", f"{finding.claim.number}: {float(mean):+.3f}{ends}"


def table(frame):
    """A table of words in Markdown."""
    heads = [frame.index.name, *frame.columns]
    rows = [
        heads,
        ["---"] * len(heads),
        *([way, *row] for way, row in zip(frame.index, frame.values, strict=True)),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def store(kept, names):
    """Keep what came out, a line for each run, claims in the order of their names."""
    from facelab.experiments.reproduce import STORE

    parts = []
    for name in sorted(kept, key=names.index):
        entry = dict(kept[name])
        trials = ",\n".join(json.dumps(trial) for trial in entry.pop("trials"))
        head = json.dumps(entry)[:-1]
        parts.append(f'{json.dumps(name)}: {head}, "trials": [\n{trials}\n]}}')
    STORE.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8", newline="\n")


def main(arguments):
    """Re-stage, write or check; give back the exit status."""
    sys.path.insert(0, str(ROOT))
    from facelab.experiments.reproduce import CLAIMS, fingerprint, read_store, reproduce, stored

    kept = read_store()
    old = [n for n, c in CLAIMS.items() if kept.get(n, {}).get("fingerprint") != fingerprint(c)]
    if arguments == ["--check"]:
        fresh = page(CLAIMS, {name: stored(name) for name in kept if name in CLAIMS})
        written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        off = [*old, *(name for name in kept if name not in CLAIMS)]
        off += [] if fresh == written else [PAGE.name]
        print(f"out of step: {', '.join(off)}" if off else "the verdicts are in step")
        return int(bool(off))
    if arguments != ["--table"]:
        for name in arguments or old:
            print(finding := reproduce(name))
            store(read_store() | {name: finding.as_json()}, list(CLAIMS))
    PAGE.parent.mkdir(exist_ok=True)
    known = {name: stored(name) for name in read_store() if name in CLAIMS}
    PAGE.write_text(page(CLAIMS, known), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
