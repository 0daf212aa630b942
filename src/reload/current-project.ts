import { attentionOf } from '../sequence/attention.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { Store } from '../store/open-store.js';

export type CurrentProjectSetting = {
  readonly store: Pick<Store, 'revisions' | 'enrollments'>;
  readonly now: () => Date;
  readonly onFault: (error: unknown) => void;
};

/** Holds the project in force. Whoever needs it asks anew each time, for another may have taken its place. */
export async function openCurrentProject(
  first: Project,
  { store: { revisions, enrollments }, now, onFault }: CurrentProjectSetting,
) {
  let current = first;
  let inUse: readonly Program[] = [];

  /** Puts a checked project in the place of the one in force. */
  const take = async (next: Project): Promise<void> => {
    await revisions.deploy(next, now());
    inUse = await revisions.inUse(onFault);
    // Those of the project before count too: a lead may be entering one of them at this very moment.
    const programs = [...next.programs.values(), ...current.programs.values(), ...inUse];
    current = { ...next, attention: attentionOf({ ...next, programs }) };
    // They need not wait out what the edit may have shortened.
    for (const { name, revision, inFlight } of next.programs.values())
      if (inFlight === 'migrate') await enrollments.wakeOthers(name, revision, now());
  };

  await take(first);
  return {
    project: () => current,
    /** The revisions that leads were on when this project came into force. */
    inUse: () => inUse,
    take,
  };
}
