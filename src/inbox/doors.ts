import type { SMTPServerSession } from 'smtp-server';

/** Counts who is connected, by the address that the network knows them by. */
export function openDoors(connectionsEach: number) {
  const inside = new Map<string, number>();
  const entered = new WeakSet<SMTPServerSession>();
  return {
    enter: (session: SMTPServerSession): boolean => {
      const count = inside.get(session.remoteAddress) ?? 0;
      if (count >= connectionsEach) return false;
      inside.set(session.remoteAddress, count + 1);
      entered.add(session);
      return true;
    },
    leave: (session: SMTPServerSession): void => {
      if (!entered.delete(session)) return;
      const count = (inside.get(session.remoteAddress) ?? 1) - 1;
      if (count > 0) inside.set(session.remoteAddress, count);
      else inside.delete(session.remoteAddress);
    },
  };
}
