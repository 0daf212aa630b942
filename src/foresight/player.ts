import { openThread, type ThreadLimits } from '../thread.js';
import type { PlayAnswer, PlayJob } from './player-thread.js';

export type Player = ReturnType<typeof openPlayer>;

/** A thread in which journeys are played, one job after the other. */
export function openPlayer(limits: ThreadLimits) {
  return openThread<PlayJob, PlayAnswer>(['./player-thread', import.meta.url], limits);
}
