/** Resolves after a while, or at once when it is given up. */
export function pause(ms: number, givingUp?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (givingUp?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      givingUp?.removeEventListener('abort', done);
      resolve();
    }
    givingUp?.addEventListener('abort', done);
  });
}
