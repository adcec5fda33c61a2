/** The timers of a page: a worker's are not slowed down when the page is in the background. */
const timers = new Map<number, number>();

self.onmessage = ({ data: { id, after } }: MessageEvent<{ id: number; after: number | null }>) => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (after === null) return;
  const fire = (): void => {
    timers.delete(id);
    self.postMessage(id);
  };
  timers.set(id, self.setTimeout(fire, after));
};
