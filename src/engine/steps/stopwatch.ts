/** Starts to measure. @returns tells how long ago that was, s */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1_000;
}
