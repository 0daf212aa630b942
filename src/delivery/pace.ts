/** For each connection so many mails wait in the process at first, and then what a second needs. */
const perConnection = 10;
const mostWaiting = 1000;
const lookEveryMs = 250;

/** How fast mails go, and so how many should wait in the process that no connection ever waits for one. */
export function openPace(connections: number) {
  let handedOver = 0;
  let last = { atMs: performance.now(), handedOver: 0, perSecond: 0 };
  return {
    note: (): void => {
      handedOver += 1;
    },
    wanted: (): number => {
      const tookMs = performance.now() - last.atMs;
      if (tookMs > lookEveryMs) {
        const perSecond = ((handedOver - last.handedOver) / tookMs) * 1000;
        last = { atMs: performance.now(), handedOver, perSecond };
      }
      return Math.floor(Math.min(Math.max(connections * perConnection, last.perSecond), mostWaiting));
    },
  };
}
