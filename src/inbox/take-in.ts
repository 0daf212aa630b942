import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { isUnreachable } from '../store/database.js';
import type { Arrived } from './reception.js';
import { refusal } from './refusal.js';

export type TakeInSetting = {
  readonly maxSize: number;
  /** Resolves once what a mail says is on disk. */
  readonly take: (arrived: Arrived) => Promise<unknown>;
  readonly now: () => Date;
};

/** Reads mails and has them taken; answers with what to say to the client if they are not. */
export function openTakeIn({ maxSize, take, now }: TakeInSetting, mostHeld: number) {
  let held = 0;
  return async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Error | undefined> => {
    let chunks: Buffer[] = [];
    let own = 0;
    let isOver = false;
    const letGo = (): void => {
      held -= own;
      own = 0;
      chunks = [];
    };
    const read = async (): Promise<void> => {
      for await (const chunk of stream) {
        if (!Buffer.isBuffer(chunk) || isOver || stream.sizeExceeded) continue;
        chunks.push(chunk);
        own += chunk.length;
        held += chunk.length;
        isOver = held > mostHeld;
        if (isOver || own > maxSize) letGo();
      }
    };
    try {
      const isWhole = await read().then(
        () => true,
        () => false,
      );
      if (!isWhole) return refusal(451, 'The mail broke off');
      // The server itself says that it is too large.
      if (stream.sizeExceeded) return undefined;
      if (isOver) return refusal(451, 'Too much mail at one time, come back later');
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      await take({ raw: Buffer.concat(chunks), recipients, at: now() });
      return undefined;
    } catch (error) {
      if (isUnreachable(error)) return refusal(451, 'Nothing can be kept here now, come back later');
      throw error;
    } finally {
      letGo();
    }
  };
}
