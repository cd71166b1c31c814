/**
 * How well a few letters fit a title, for finding by typing. Letters must come in order; a jump between them may land on
 * the beginning of a word, or a little further within the same one. So `fs` finds “Frame selected” and `cmra` “Camera”,
 * and letters strewn over a sentence find nothing.
 */

/** A fit: the higher the better, and the places of the letters that fitted. */
export interface Fit {
  score: number;
  marks: number[];
}

const WORD_START = 8;
const TITLE_START = 4;
const IN_A_ROW = 6;
const WITHIN = -3;
/** For each letter left out within a word. */
const LEFT_OUT = -2;
/** More is another word that was meant. */
const MAX_LEFT_OUT = 3;
/** What stands beside the title counts less than the title. */
const BESIDE = 0.5;

/** How well one word fits `text`; `null` if it does not. */
export function fit(word: string, text: string): Fit | null {
  const letters = [...word].map((letter) => letter.toLowerCase());
  const signs = [...text];
  const low = signs.map((sign) => sign.toLowerCase());
  const isStart = signs.map((sign, at) => isWordStart(signs[at - 1], sign));
  const wordAt: number[] = [];
  for (let at = 0; at < signs.length; at += 1) wordAt.push(isStart[at] ? at : (wordAt[at - 1] ?? 0));

  // The best fit of the letters so far that ends at each place.
  let ends: (Fit | null)[] = [];
  for (const [index, letter] of letters.entries()) {
    const next: (Fit | null)[] = signs.map(() => null);
    let best: Fit | null = null;
    for (let at = 0; at < signs.length; at += 1) {
      const before: Fit | null = index === 0 ? { score: 0, marks: [] } : best;
      if (low[at] === letter) next[at] = better(landing(before, at, isStart[at] === true), index === 0 ? null : within(ends, at, wordAt));
      best = better(best, ends[at] ?? null);
    }
    ends = next;
  }
  return ends.reduce(better, null);
}

/** How well a query fits: every word of it fits the title, or else one of the texts beside it. */
export function rank(query: string, title: string, ...beside: string[]): Fit | null {
  let score = 0;
  const marks = new Set<number>();
  for (const word of query.trim().split(/\s+/)) {
    if (word === "") continue;
    const own = fit(word, title);
    const other = beside.map((text) => fit(word, text)).reduce(better, null);
    if (own === null && other === null) return null;
    if (own !== null && own.score >= (other?.score ?? 0) * BESIDE) {
      score += own.score;
      for (const mark of own.marks) marks.add(mark);
    } else score += (other?.score ?? 0) * BESIDE;
  }
  // Of two that fit alike, the shorter is meant.
  return { score: score - title.length / 100, marks: [...marks].sort((a, b) => a - b) };
}

const better = (a: Fit | null, b: Fit | null): Fit | null => (a === null || (b !== null && b.score > a.score) ? b : a);

/** The first letter anywhere, every other one at the beginning of a word. */
function landing(before: Fit | null, at: number, isStart: boolean): Fit | null {
  if (before === null || (!isStart && before.marks.length > 0)) return null;
  const worth = isStart ? WORD_START + (at === 0 ? TITLE_START : 0) : WITHIN;
  return { score: before.score + worth, marks: [...before.marks, at] };
}

/** The next letter of the same word, or one a little further. */
function within(ends: (Fit | null)[], at: number, wordAt: number[]): Fit | null {
  let best: Fit | null = null;
  for (let from = Math.max(0, at - 1 - MAX_LEFT_OUT); from < at; from += 1) {
    const before = ends[from] ?? null;
    const leftOut = at - from - 1;
    if (before === null || (leftOut > 0 && wordAt[from] !== wordAt[at])) continue;
    const worth = leftOut === 0 ? IN_A_ROW : WITHIN + leftOut * LEFT_OUT;
    best = better(best, { score: before.score + worth, marks: [...before.marks, at] });
  }
  return best;
}

/** After what is no letter; a capital after a small one; a digit after a letter. */
function isWordStart(before: string | undefined, sign: string): boolean {
  if (!/[\p{L}\p{N}]/u.test(sign)) return false;
  if (before === undefined || !/[\p{L}\p{N}]/u.test(before)) return true;
  return (/\p{Lu}/u.test(sign) && /\p{Ll}/u.test(before)) || (/\p{N}/u.test(sign) && !/\p{N}/u.test(before));
}
