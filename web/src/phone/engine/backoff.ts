/** When to try again. Pure. */

/**
 * Milliseconds to wait before the attempt after `failed` ones (1 and more). Short enough that a phone is back within
 * 5 s of the network's return though no event told of it, spread so that not all tabs come at once.
 * @param chance 0 to 1.
 */
export function retryDelay(failed: number, chance: number): number {
  const base = failed <= 1 ? 1000 : failed <= 30 ? 2000 : 3500;
  return Math.round(base * (0.8 + 0.4 * chance));
}
