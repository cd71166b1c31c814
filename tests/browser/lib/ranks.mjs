// Figures from many values.

/** Half of them, 95 of 100 and all of them are at most so large (nearest rank, to a tenth); `null` without any. */
export function ranks(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => tenth(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]);
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** Rounded to a tenth. */
export const tenth = (value) => (value === undefined ? null : Math.round(value * 10) / 10);
