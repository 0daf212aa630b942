import { userInfo } from 'node:os';

/** Who does it, for the history. */
export function whoami(): string {
  try {
    return `${userInfo().username} on the command line`;
  } catch {
    // In a container a user may have a number and no name.
    return 'the command line';
  }
}
