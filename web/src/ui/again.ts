/** Parts of the page that are fetched later, over networks that change meanwhile. */

const PAUSES = [300, 1000, 3000];

/** Loads a module; what the network refuses is asked for again, three times in 4.3 s. Throws what the last try threw. */
export async function again<T>(load: () => Promise<T>, pauses: readonly number[] = PAUSES): Promise<T> {
  for (const pause of pauses) {
    try {
      return await load();
    } catch {
      await new Promise((done) => setTimeout(done, pause));
    }
  }
  return load();
}
