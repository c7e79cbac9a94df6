// Distances between people: the nearest other, the pairs below a threshold, a histogram.
//
// `gaps` holds every pair i < j of n people once, row by row: (0, 1), (0, 2), ..., (1, 2), ...

export const pairAt = (i, j, n) => (i < j ? i * n - (i * (i + 1)) / 2 + j - i - 1 : pairAt(j, i, n));

// The distance of each person to the nearest other and who that is; NaN and -1 where there is none.
export function nearest(gaps, n) {
  const [gap, other] = [new Array(n).fill(NaN), new Array(n).fill(-1)];
  let at = 0;
  const closer = (i, j, value) => {
    if (!(value >= gap[i])) [gap[i], other[i]] = [value, j];
  };
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++, at++) {
      closer(i, j, gaps[at]);
      closer(j, i, gaps[at]);
    }
  return { gap, other };
}

// All pairs as {i, j, gap}, the closest first.
export function sorted(gaps, n) {
  const pairs = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push({ i, j, gap: gaps[pairs.length] });
  return pairs.sort((a, b) => a.gap - b.gap);
}

// Of pairs with the closest first, those below the threshold.
export function below(pairs, threshold) {
  let [low, high] = [0, pairs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pairs[middle].gap < threshold) low = middle + 1;
    else high = middle;
  }
  return pairs.slice(0, low);
}

// What the minimum margin loss adds up to: how much each of these pairs lacks.
export const lacking = (pairs, threshold) => pairs.reduce((sum, { gap }) => sum + threshold - gap, 0);

export const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// How many values fall into each of `count` bins of 0..top; one beyond the end is in the last.
export function bins(values, top, count) {
  const found = new Array(count).fill(0);
  for (const value of values) found[Math.min(count - 1, Math.floor((value / top) * count))] += 1;
  return found;
}

// Everything about one loss under a threshold: who is near to whom, which pairs are too close, how
// many people have one, how far the `rare` people (their places) are on average.
export function judged({ near, pairs }, threshold, rare) {
  const close = below(pairs, threshold);
  return {
    near, close, sum: lacking(close, threshold),
    people: near.gap.filter((gap) => gap < threshold).length,
    low: Math.min(...near.gap), mean: average(near.gap), rare: average(rare.map((i) => near.gap[i])),
  };
}
