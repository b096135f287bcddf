/** Chance that is the same every time for the same seed (a linear congruential generator). */

/** Numbers from 0 to 1. */
export function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

/** Whole numbers from 0 to below a bound. */
export function dice(seed: number): (bound: number) => number {
  const numbers = randomNumbers(seed);
  return (bound) => Math.floor(numbers.next().value * bound);
}
