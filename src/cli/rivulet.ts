#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { failWith } from './terminal.js';

const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const program = new Command('rivulet')
  .description(description)
  .version(version)
  .showHelpAfterError('(see rivulet --help)');

program
  .command('start')
  .description('answer HTTP, send what falls due; until stopped')
  .action(async () => (await import('./start.js')).start());

program
  .command('validate')
  .description('check sequences, templates, funnel, scoring and fields together')
  .argument('[dir]', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .option('--json', 'print an array of {file, line, column, code, message, hint, severity}')
  .action(async (dir, options) => (await import('./validate.js')).validate(dir, options));

const lead = program.command('lead').description('add, import and look at leads, also beside a running Rivulet');
lead
  .command('add')
  .description('make a lead or change one, as POST /api/leads does')
  .argument('<email>')
  .option('--first-name <name>')
  .option('--last-name <name>')
  .option('--timezone <zone>', 'IANA name, for example Europe/Paris')
  .option('--locale <locale>', 'for example en or pt-BR')
  .option('--attribute <name=value...>', 'fields such as company="Pell & Rowan"')
  .option('--tag <tag...>')
  .addOption(
    new Option('--consent <status>', 'left out, a new lead has the consent that you vouch for').choices([
      'granted',
      'pending',
      'denied',
    ]),
  )
  .action(async (email, options) => (await import('./lead.js')).addLead(email, options));
lead
  .command('import')
  .description('import leads from a CSV file with a header line; broken rows are listed, the rest is imported')
  .argument('<file>')
  .action(async (file) => (await import('./lead.js')).importLeads(file));
lead
  .command('show')
  .description('show a lead: its score explained, what happened, what comes next and why')
  .argument('<lead>', 'e-mail address or id')
  .option('--json', 'print what the API answers')
  .action(async (who, options) => (await import('./lead.js')).showLead(who, options));

program
  .command('demo')
  .description('play 45 days of 200 leads in about a minute, through the very engine that sends')
  .option('--seed <number>', 'another seed, other people', '7')
  .option('--days <number>', 'days to play', '45')
  .option('--from <date>', 'first day', '2026-09-07')
  .option('--data <dir>', 'where its data goes; emptied first', './data/demo')
  .option('--port <port>', 'port of its page', process.env['PORT'] ?? '3000')
  .option('--serve', 'keep the page up afterwards, until Ctrl-C (the default on a terminal)')
  .option('--no-serve', 'end when the table is printed')
  .action(async (options) => (await import('./demo.js')).demo(options));

program.parseAsync().catch(failWith);
