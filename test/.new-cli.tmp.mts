import { Command } from 'commander';
import { failWith } from '/work/main/src/cli/terminal.js';
const program = new Command('rivulet');
const made = program.command('new').description('start a file from a shipped one');
for (const what of ['sequence', 'template', 'form'] as const)
  made.command(what).argument('[name]').option('--from <kind>').option('--stage <s>').option('--list').option('--dir <dir>', '', '.')
    .action(async (name, options) => (await import('/work/main/src/cli/new.js')).newFile(what, name, options));
made.command('project').argument('[dir]', '', '.').action(async (dir) => (await import('/work/main/src/cli/new.js')).newProject(dir));
program.parseAsync().catch(failWith);
