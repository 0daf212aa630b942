import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a command said, and how it ended. */
export type Told = { readonly code: number; readonly output: string; readonly errors: string };
type Command = readonly [string, ...unknown[]];

/**
 * Runs functions of commands one after the other, as the program does, in one process: starting one takes seconds. `files`: where
 * they are, below src/cli. "$" stands for the first id that one of them printed.
 */
export async function runCommands(
  files: readonly string[],
  environment: NodeJS.ProcessEnv,
  commands: readonly Command[],
): Promise<readonly Told[]> {
  const script = `
    const modules = await Promise.all(${JSON.stringify(files)}.map((file) => import('./src/cli/' + file + '.ts')));
    const { failWith } = await import('./src/cli/terminal.ts');
    const commands = Object.assign({}, ...modules);
    const told = [];
    let [output, errors, id] = ['', '', ''];
    console.log = (line) => { output += line + '\\n'; };
    console.error = (line) => { errors += line + '\\n'; };
    for (const [command, ...given] of ${JSON.stringify(commands)}) {
      await commands[command](...given.map((one) => (one === '$' ? id : one))).catch(failWith);
      id ||= /Its id: (\\S+)/.exec(output)?.[1] ?? '';
      told.push({ code: process.exitCode ?? 0, output, errors });
      [output, errors, process.exitCode] = ['', '', 0];
    }
    process.stdout.write(JSON.stringify(told));`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
  const told: readonly Told[] = JSON.parse(stdout);
  return told;
}
