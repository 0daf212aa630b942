#!/usr/bin/env node
import { Command, Option } from 'commander';
import { milestoneWords } from '../report/milestones.js';
import { description, version } from '../version.js';
import { endWithReader, failWith, wordsOf } from './terminal.js';

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

program
  .command('preview')
  .description('show mails in a browser as their readers will see them; follows what you save')
  .argument('[mail]', 'a template (welcome/hello) or a step (welcome:hello); left out, all mails')
  .option('--lead <file or address>', 'a JSON file like the body of POST /api/leads, or a lead of the database')
  .option('--out <dir>', 'write .html, .txt and .eml instead, and end')
  .option('--port <port>', 'port of its page', '4000')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .action(async (mail, options) => (await import('./preview.js')).preview(mail, options));

program
  .command('send-test')
  .description('really send one mail to yourself, marked "[Test]"; nothing is recorded of it')
  .argument('<mail>', 'a template (welcome/hello) or a step (welcome:hello)')
  .requiredOption('--to <address>', 'who gets it')
  .option('--lead <file or address>', 'a JSON file like the body of POST /api/leads, or a lead of the database')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .action(async (mail, options) => (await import('./send-test.js')).sendTest(mail, options));

program
  .command('lint')
  .description('show what is valid but probably not meant; exit code 1 when something is found')
  .argument('[dir]', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .option('--json', 'print an array of {file, line, column, code, message, hint, severity}')
  .option('--leads', 'look at the leads in the database too: which merge fields most of them lack')
  .action(async (dir, options) => (await import('./lint.js')).lint(dir, options));

program
  .command('schema')
  .description('write sequences/schema/, by which editors complete, explain and check your files')
  .argument('[dir]', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .option('--check', 'write nothing; exit code 1 when one of them is out of date')
  .action(async (dir, options) => (await import('./schema.js')).schema(dir, options));

const made = program.command('new').description('start a file from a shipped one, with all it needs');
made
  .command('project')
  .description('write what every project needs')
  .argument('[dir]', 'where', process.env['PROJECT_DIR'] ?? '.')
  .action(async (dir) => (await import('./new.js')).newProject(dir));
for (const what of ['sequence', 'template', 'form'] as const) {
  const command = made
    .command(what)
    .argument('[name]', what === 'template' ? 'for example spring/offer' : 'for example spring-offer')
    .option('--from <kind>', 'the shipped one to start from')
    .option('--list', 'list the shipped ones instead')
    .option('--dir <dir>', 'folder of the project', process.env['PROJECT_DIR'] ?? '.')
    .action(async (name, options) => (await import('./new.js')).newFile(what, name, options));
  if (what === 'sequence') command.option('--stage <stage>', 'the stage of your funnel that it is for');
}

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
  .description('import leads from a CSV file with a header line; cut short, it goes on where it stopped')
  .argument('<file>')
  .option('--map <column=field...>', 'what a column is, where its name does not tell: "Firma=company"')
  .option('--ignore <column...>', 'columns to leave out')
  .option('--ignore-unknown', 'leave out all columns that are no field of sequences/lead.json')
  .option('--dry-run', 'read all, write nothing, and say what would happen')
  .option('--tag <tag...>', 'give all of them a tag')
  .addOption(
    new Option(
      '--consent <status>',
      'of new leads of whom the file does not say it (default: granted, as you vouch for)',
    ).choices(['granted', 'pending', 'denied']),
  )
  .option('--consent-source <text>', 'where they agreed: "fair 2026"')
  .option('--source <text>', 'where they come from, for their history and reports (default: "import of <file>")')
  .option('--broken <file.csv>', 'where broken rows go, to be mended and imported (default: <file>.broken.csv)')
  .addOption(
    new Option('--encoding <name>', 'of a file without a byte order mark (default: utf-8)').choices([
      'utf-8',
      'windows-1252',
      'utf-16le',
      'utf-16be',
    ]),
  )
  .addOption(new Option('--dates <order>', 'where no date of a column tells it').choices(['dmy', 'mdy']))
  .option('--again', 'also when this file has been imported before')
  .action(async (file, options) => (await import('./import.js')).importLeads(file, options));
lead
  .command('export')
  .description('write leads as CSV, which "lead import" reads, or as JSON')
  .option('--segment <name>', 'those of a segment alone')
  .option('--stage <name>', 'those in a stage alone')
  .option('--tag <tag>', 'those with a tag alone')
  .option('--fields <a,b>', 'these columns, in this order (default: all)')
  .addOption(
    new Option('--format <format>', 'jsonl has a lead on each line').choices(['csv', 'json', 'jsonl']).default('csv'),
  )
  .option('--out <file>', 'where to (default: the standard output)')
  .action(async (options) => (await import('./export.js')).exportTo(options));
lead
  .command('show')
  .description('show a lead: its score explained, what happened, what comes next and why')
  .argument('<lead>', 'e-mail address or id')
  .option('--json', 'print what the API answers')
  .action(async (who, options) => (await import('./lead.js')).showLead(who, options));

const sales = program.command('sales').description('leads that were handed over to sales, and what sales says of them');
sales
  .command('list', { isDefault: true })
  .description('list them, the last first, and count them by owner')
  .option('--owner <address>', 'those of this colleague')
  .option('--open', 'those of whom nobody has answered yet')
  .option('--since <time>', 'handed over within so long', '90 days')
  .option('--json', 'print {items, owners}')
  .action(async (options) => (await import('./sales.js')).listSales(options));
sales
  .command('assign')
  .description('give a lead to a colleague of sales.json')
  .argument('<lead>', 'e-mail address or id')
  .argument('<owner>', 'address of the colleague')
  .action(async (who, owner) => (await import('./sales.js')).assignSales(who, owner));
sales
  .command('answer')
  .description('record what sales heard')
  .argument('<lead>', 'e-mail address or id')
  .argument('<answer>', 'contacted, not-reachable, still-interested, not-interested, won or lost')
  .option('--value <amount>', 'what a won or lost deal is worth')
  .option('--currency <code>', 'for example EUR; that of sales.json unless said')
  .option('--note <text>', 'what colleagues should know')
  .option('--by <address>', 'who says so; you unless said')
  .action(async (who, answer, options) => (await import('./sales.js')).answerOnTerminal(who, answer, options));

lead
  .command('erase')
  .description(
    'erase a person (GDPR Art. 17): the lead and everything that names it; searches all that is kept; exit code 1 when something is left',
  )
  .argument('<lead>', 'e-mail address or id')
  .option('--keep-suppressed', 'its address gets no mail for ever, be it imported again: a keyed hash of it is kept')
  .option('--yes', 'do not ask back')
  .action(async (who, options) => (await import('./person.js')).erasePerson(who, options));
lead
  .command('export-person')
  .description('write all that is held of a person, with what each part is (GDPR Art. 15 and 20)')
  .argument('<lead>', 'e-mail address or id')
  .option('--out <file.json>', 'where to; printed if left out')
  .action(async (who, options) => (await import('./person.js')).writePerson(who, options));
lead
  .command('erasures')
  .description('list who was erased, by a hash: when, by whom and how much')
  .option('--json', 'print an array of {id, at, by, state, finishedAt, erased, found}')
  .action(async (options) => (await import('./person.js')).listErasures(options));
lead
  .command('duplicates')
  .description('list leads who are one person by their addresses, as "sameAddress" in sequences/lead.json says')
  .option('--merge', 'make one of each, the oldest')
  .option('--yes', 'do not ask back')
  .option('--json', 'print an array of lists of {id, email, createdAt}, the oldest first')
  .action(async (options) => (await import('./merge.js')).duplicates(options));
lead
  .command('merge')
  .description('make one lead of two: the second becomes part of the first, with all that it lived through')
  .argument('<into>', 'e-mail address or id')
  .argument('<from>', 'e-mail address or id')
  .option('--yes', 'do not ask back')
  .action(async (into, from, options) => (await import('./merge.js')).mergeTwo(into, from, options));

program
  .command('audience')
  .description('write a segment as the list of hashed addresses that an ad platform takes; only those who agreed')
  .argument('<segment>')
  .addOption(new Option('--for <platform>').choices(['google', 'meta', 'linkedin']).makeOptionMandatory())
  .option('--purpose <name>', 'only those who agreed to this purpose')
  .option('--out <file>', 'where to (default: the standard output)')
  .action(async (segment, options) => (await import('./audience.js')).exportAudience(segment, options));

program
  .command('segments')
  .description('show the segments with how many leads are in each now; with a name, who they are')
  .argument('[segment]')
  .option('--json', 'print {name, description, count, asOf} of each; with a name, one lead a line')
  .action(async (name, options) => (await import('./segments.js')).segments(name, options));

program
  .command('simulate')
  .description('play a journey on a virtual clock: what a lead gets, when and why; with --leads, what many get')
  .argument('[sequence]', 'the sequence that the lead is enrolled in at the beginning')
  .option('--all', 'instead of a sequence: a new lead is captured, and enters what the rules say')
  .option(
    '--lead <lead>',
    'a JSON file as POST /api/leads takes it (and "stage"), or the address of a lead; made up if left out',
  )
  .option('--events <file>', 'what the lead does: a JSON list of { "at": "2 hours after hello", "event": "clicked" }')
  .option('--from <time>', 'when it begins: "2026-03-02 09:00" on the lead\'s clock, or an instant; now if left out')
  .option('--until <time>', 'when it ends: a length such as "30 days", or a time', '90 days')
  .option('--leads <number>', 'play so many leads and show figures')
  .option(
    '--leads-file <file>',
    'with --leads: who they are, as CSV or JSON list, one after the other (default: leads of the demo)',
  )
  .option('--rates <file>', 'with --leads: how many open, click and so on, as JSON')
  .option('--seed <number>', 'with --leads: another seed, other luck (default: 7)')
  .option('--json', 'print it for programs')
  .option('--project <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .action(async (sequence, options) => (await import('./simulate.js')).simulateJourney(sequence, options));

program
  .command('forecast')
  .description('tell how many mails will go in the coming days, by day and sequence, with bounds and what they rest on')
  .option('--days <number>', 'days, today included, up to 30', '7')
  .option('--zone <zone>', 'in whose days is counted (default: DEFAULT_TIMEZONE)')
  .option('--json', 'print it as GET /api/forecast answers it')
  .action(async (options) => (await import('./forecast.js')).tellForecast(options));

program
  .command('why')
  .description('tell why a lead did, did not, or will not yet get a mail: every rule that was asked, in order')
  .argument('<lead>', 'address or id')
  .argument('<sequence[/step]>', 'a mail, or a sequence for all of its mails')
  .option('--json', 'print {sequence, step, verdict, answer, at, reasons}; of a sequence, with its mails')
  .action(async (who, place, options) => (await import('./why.js')).why(who, place, options));

program
  .command('consent')
  .description('tell what a lead agreed to, in which words, when and from where, and what it took back')
  .argument('<lead>', 'address or id')
  .option('--json', 'print {lead, email, consent, suppression, history}')
  .action(async (who, options) => (await import('./consent.js')).consent(who, options));

program
  .command('diff')
  .description('say what the saved files change, and what that does to leads on their way; deploys nothing')
  .option('--against <rev>', '"deployed", or a branch, tag or commit of git', 'deployed')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .option('--json', 'print {against, sequences, templates, rules, notes}')
  .action(async (options) => (await import('./diff.js')).diff(options));

program
  .command('test')
  .description('play the journeys of sequences/**/*.journey.json and compare them with what they expect')
  .argument('[dir]', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .option('--update', 'write what comes of them into the files as what they expect')
  .action(async (dir, options) => (await import('./journey-tests.js')).testJourneys(dir, options));

const webhook = program
  .command('webhook')
  .description('webhooks of mail providers, and what receivers of webhook steps need');
webhook
  .command('secret')
  .description('print the secret that signatures of webhook steps are checked with (Standard Webhooks)')
  .action(async () => (await import('./webhook.js')).showWebhookSecret());
webhook
  .command('list')
  .description('list the webhooks of mail providers: where they are, whether they are set up, what came of them')
  .option('--json', 'print what GET /api/webhooks answers')
  .action(async (options) => (await import('./webhook.js')).listWebhooks(options));
webhook
  .command('test')
  .description('tell what to enter at a mail provider, and whether a call is understood; exit code 1 when not')
  .argument('<provider>', 'for example sendgrid')
  .option('--wait <seconds>', 'how long to wait for a call that only the provider can make', '120')
  .action(async (provider, options) => (await import('./webhook-test.js')).testWebhook(provider, options));
webhook
  .command('replay')
  .description('take in a stored call of a mail provider again; what is known already changes nothing')
  .argument('<file>', 'a body as it came, {"headers", "body"}, or a JSON list of events')
  .requiredOption('--provider <name>', 'whose it is')
  .option('--inbound', 'it came to the address for mails')
  .option('--header <line...>', 'a header that came with it: "Name: value"')
  .option('--unsigned', 'read it although nobody can tell who wrote it')
  .option('--dry-run', 'tell what would become of it, and record nothing')
  .action(async (file, options) => (await import('./webhook-replay.js')).replayWebhook(file, options));

const endpoint = program.command('endpoint').description('other systems that are told of events');
endpoint
  .command('list')
  .description('list them: what they are told, whether they take it, what waits and what was given up')
  .option('--json', 'print an array')
  .action(async (options) => (await import('./endpoint.js')).listEndpoints(options));
endpoint
  .command('create')
  .description('tell another system of events from now on; prints the secret of its signatures, this once')
  .argument('<name>', 'what you call it')
  .argument('<url>', 'where it is called')
  .option('--type <type...>', 'these types of events alone, such as clicked (default: all)')
  .action(async (name, url, options) => (await import('./endpoint.js')).createEndpoint(name, url, options));
endpoint
  .command('replay')
  .description('tell it again: one delivery, all dead letters, or what became known in a span')
  .argument('<endpoint>', 'its id')
  .option('--delivery <webhook-id>', 'one delivery')
  .option('--dead', 'all that were given up')
  .option('--from <instant>', 'for example 2026-03-01T00:00:00Z')
  .option('--to <instant>')
  .action(async (id, options) => (await import('./endpoint.js')).replayEndpoint(id, options));

program
  .command('classify')
  .description('tell what a received mail is (bounce, complaint, reply …), about whom, and by what that was told')
  .argument('<files...>', 'mails as they were received (.eml); "-" reads one from standard input')
  .option('--json', 'print {class, recipient, messageId, status, reason, hard, confidence, evidence}, one line a mail')
  .action(async (files, options) => (await import('./classify.js')).classifyFiles(files, options));

const form = program.command('form').description('public forms: their addresses, what came of them, how to embed one');
form
  .command('list')
  .description('list the forms: where they are, how many were sent, asked and confirmed, what the defences refused')
  .option('--json', 'print what GET /api/forms answers')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .action(async (options) => (await import('./form.js')).listForms(options));
form
  .command('embed')
  .description('print what shows a form on another site: a script, and plain HTML that works without one')
  .argument('<form>', 'the name of its file, for example white-paper')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .action(async (name, options) => (await import('./form.js')).embedForm(name, options));

const dkim = program.command('dkim').description('keys that sign your mails, and what to publish of them');
dkim
  .command('generate')
  .description('make a key for a domain and print its DNS records; never overwrites one')
  .argument('<domain>', 'the part after the @ of your From addresses')
  .option('--selector <name>', 'name of the key in DNS (default: rivulet- and the date)')
  .addOption(new Option('--bits <number>', 'length of the key').choices(['2048', '3072', '4096']).default('2048'))
  .action(async (domain, options) => (await import('./dkim.js')).generateDkim(domain, options));
dkim
  .command('show')
  .description('print the DNS records of your keys again')
  .argument('[domain]', 'of this domain alone')
  .action(async (domain) => (await import('./dkim.js')).showDkim(domain));

program
  .command('doctor')
  .description(
    'tell whether your mails will arrive: SPF, DKIM, DMARC, MX, TLS, links and a real mail; exit code 1 when not',
  )
  .argument('[dir]', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .option('--json', 'print an array of {check, about, level, what, mend}')
  .action(async (dir, options) => (await import('./doctor.js')).doctor(dir, options));

const inbox = program.command('inbox').description('mail that comes back: bounces, complaints, replies, unsubscribes');
inbox
  .command('import')
  .description('take in mails of a Maildir, an mbox file, .eml files or a folder of them; again, it changes nothing')
  .argument('<path>', 'a file or a folder')
  .option('--dry-run', 'say what they are, and record nothing')
  .option('--json', 'print {mails, classes, recorded, known, stray, ignored, unreadable}')
  .action(async (path, options) => (await import('./inbox.js')).importInbox(path, options));
inbox
  .command('kept')
  .description('list what people wrote to the mail server of INBOUND_SMTP, which has no other copy')
  .option('--out <dir>', 'write the mails there as .eml files instead')
  .action(async (options) => (await import('./inbox.js')).keptMails(options));

const site = program.command('site').description('the script that tells what visitors do on your website');
site
  .command('snippet')
  .description('print the tag to paste into your pages, and how to test it')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .action(async (options) => (await import('./site.js')).siteSnippet(options));
site
  .command('show')
  .description('show which sites tell something, how much in the last day, and what was refused')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .option('--json', 'print what GET /api/site answers')
  .action(async (options) => (await import('./site.js')).siteShow(options));

program
  .command('suppress')
  .description('never mail an address again, or any at a domain; ends what goes on with them at once')
  .argument('<address|@domain>')
  .option('--because <reason>', 'shown wherever somebody asks why')
  .action(async (target, options) => (await import('./suppress.js')).suppressOne(target, options));
const suppressed = program.command('suppressions').description('addresses and domains that get no mail, and why');
suppressed
  .command('list', { isDefault: true })
  .description('list them, the newest first')
  .option('--json', 'print an array of {address, hash, reason, since, reasons}')
  .action(async (options) => (await import('./suppressions.js')).listSuppressions(options));
suppressed
  .command('import')
  .description('take in a CSV file with the columns address, reason, because, at; again, it changes nothing')
  .argument('<file.csv>')
  .action(async (file) => (await import('./suppress.js')).importList(file));
suppressed
  .command('export')
  .description('print them as CSV, which "import" reads')
  .option('--csv', 'as CSV (the default)')
  .option('--json', 'as an array with the history of each')
  .action(async (options) => (await import('./suppressions.js')).exportSuppressions(options));
suppressed
  .command('lift')
  .description('let an address or domain get mail again; runs that have ended stay ended')
  .argument('<address|@domain>')
  .requiredOption('--because <reason>', 'kept in its history')
  .option('--only <reason>', 'lift this reason alone, and leave the others')
  .action(async (target, options) => (await import('./suppress.js')).liftOne(target, options));

const reports = program
  .command('report')
  .description('people, money and mails by period: kpi, funnel, sequence, cohort (docs/reports.md)')
  .addHelpText('after', `\nA person counts when they first …\n${wordsOf(milestoneWords)}`);
for (const [name, tells] of [
  ['kpi', 'what happened: people reached, interested, contactable, contacted, won; value, cost and return'],
  ['funnel', 'how far those came who came in during the period, from step to step, and how long it took'],
  ['sequence', 'what became of each mail, and what can be said of splits'],
  ['cohort', 'what share of those who came in together had come to a milestone after so many weeks'],
] as const)
  reports
    .command(name)
    .description(tells)
    .option('--from <day>', 'the first day: "2026-03-01", "2026-03", "30 days ago"')
    .option('--to <day>', 'the last day; today if left out')
    .option('--by <what>', 'rows by day, week, month, source, sequence or stage; not every report has all of them')
    .option('--zone <zone>', "in whose days, for example Europe/Paris; DEFAULT_TIMEZONE's if left out")
    .option('--source <source>', 'of leads from there alone')
    .option('--sequence <name>', 'of this sequence alone')
    .option('--stage <name>', 'of this stage alone')
    .addOption(new Option('--format <format>', 'how it is printed').choices(['table', 'csv', 'json']).default('table'))
    .option('--table <name>', 'with --format csv: which table of the report; the first if left out')
    .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
    .action(async (options) => (await import('./report.js')).report(name, options));
reports
  .command('check')
  .description('count everything anew from events and mails and compare; exit code 1 with the differences')
  .option('--mend', 'put right what differs')
  .option('--json', 'print {ok, leads, wrongLeads, differences}')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .action(async (options) => (await import('./report-check.js')).checkReports(options));

program
  .command('audit')
  .description('prove from the ledger that no lead got a step twice and that none is stuck; exit code 1 with the rows')
  .option('--late <time>', 'what is due for longer than this is stuck', '10 minutes')
  .option('--json', 'print {ok, checked, findings}')
  .action(async (options) => (await import('./audit.js')).audit(options));

program
  .command('audit-log')
  .description('list who changed what over the API, the pages and the commands user, key and endpoint, newest first')
  .option('--who <id>', 'of this person or key alone')
  .option('--thing <id>', 'of what was done to this alone')
  .option('--limit <number>', 'how many at most', '50')
  .option('--json', 'print an array of {id, at, who, route, things, fields, status}')
  .action(async (options) => (await import('./audit-log.js')).showAuditLog(options));

const user = program.command('user').description('people who may sign in, and what they may do');
user
  .command('list')
  .option('--json', 'print an array')
  .action(async (options) => (await import('./user.js')).listUsers(options));
user
  .command('invite')
  .description('make an account, and print the one-time link that opens it')
  .argument('<email>')
  .option('--name <name>', 'how colleagues call this person')
  .option('--role <role>', 'admin, editor, viewer or sales', 'viewer')
  .action(async (email, options) => (await import('./user.js')).inviteUser(email, options));
user
  .command('link')
  .description('print a new one-time link for somebody who forgot the password')
  .argument('<email>')
  .action(async (email) => (await import('./user.js')).linkUser(email));
user
  .command('role')
  .description('change what somebody may do')
  .argument('<email>')
  .argument('<role>', 'admin, editor, viewer or sales')
  .action(async (email, role) => (await import('./user.js')).changeUserRole(email, role));
user
  .command('disable')
  .description('keep somebody out, from the next request on')
  .argument('<email>')
  .action(async (email) => (await import('./user.js')).disableUser(email));
user
  .command('enable')
  .argument('<email>')
  .action(async (email) => (await import('./user.js')).enableUser(email));

const key = program.command('key').description('keys by which programs use the API');
key
  .command('list')
  .option('--json', 'print an array')
  .action(async (options) => (await import('./key.js')).listKeys(options));
key
  .command('create')
  .description('make a key and print it, once')
  .argument('<name>', 'what it is for')
  .requiredOption('--right <right...>', 'what it may do, for example leads:write')
  .option('--expires <time>', 'after which time it is over, for example "90 days" (default: never)')
  .action(async (name, options) => (await import('./key.js')).createKey(name, options));
key
  .command('revoke')
  .argument('<key>', 'its id, or its first ten characters')
  .action(async (which) => (await import('./key.js')).revokeKey(which));

program
  .command('pause')
  .description('hold up a sequence, a transport or everything, in all processes, within a second')
  .option('--sequence <name>', 'the mails of this sequence')
  .option('--transport <name>', 'what goes by this transport')
  .option('--all', 'everything')
  .option('--because <reason>', 'shown wherever somebody asks why nothing is sent')
  .option('--dir <dir>', 'folder that holds sequences/ and templates/', process.env['PROJECT_DIR'] ?? '.')
  .action(async (options) => (await import('./pause.js')).pause(options));
program
  .command('resume')
  .description('let it go on; exit code 1 when it was not paused')
  .option('--sequence <name>')
  .option('--transport <name>')
  .option('--all')
  .action(async (options) => (await import('./pause.js')).resume(options));
program
  .command('pauses')
  .description('list what is paused, since when and why')
  .option('--json', 'print an array of {of, since, because, by}')
  .action(async (options) => (await import('./pause.js')).listPauses(options));

const score = program.command('score').description('why a score is what it is, and what other rules would make of it');
score
  .command('explain')
  .description('show what a score is made of, line by line: today, on another day, or under other rules')
  .argument('<lead>', 'e-mail address or id')
  .option('--at <time>', '"next monday", "in 30 days", "2026-12-24 09:00", also in the past; now if left out')
  .option('--rules <file>', 'by the rules of this file instead of sequences/scoring.json')
  .option('--json', 'print what GET /api/leads/:id/score answers')
  .action(async (who, options) => (await import('./score.js')).explainOnTerminal(who, options));
score
  .command('recompute')
  .description('compute scores from events and tell where they differ; exit code 1 when some do and nothing is written')
  .option('--lead <lead>', 'of this lead alone')
  .option('--rules <file>', 'by the rules of this file: what they would do')
  .option('--apply', 'write what the events come to')
  .option('--json', 'print {leads, differing, thresholds, examples, applied}')
  .action(async (options) => (await import('./score.js')).recomputeOnTerminal(options));

const catchUp = program.command('catch-up').description('decide about what became late while nothing was going');
catchUp
  .command('send')
  .description('send it now')
  .action(async () => (await import('./catch-up.js')).sendLate());
catchUp
  .command('skip')
  .description('skip the late mails; their runs go on from there')
  .action(async () => (await import('./catch-up.js')).skipLateMails());
catchUp
  .command('spread')
  .description('send it little by little')
  .requiredOption('--over <time>', 'for example "2 hours"')
  .action(async (options) => (await import('./catch-up.js')).spreadLate(options));

program
  .command('demo')
  .description('play 45 days of 200 leads in about a minute, through the very engine that sends')
  .option('--seed <number>', 'another seed, other people', '7')
  .option('--days <number>', 'days to play', '45')
  .option('--leads <number>', 'how many of the 200 play', '200')
  .option('--from <date>', 'first day', '2026-09-07')
  .option('--data <dir>', 'where its data goes; emptied first', './data/demo')
  .option('--port <port>', 'port of its page', process.env['PORT'] ?? '3000')
  .option('--serve', 'keep the page up afterwards, until Ctrl-C (the default on a terminal)')
  .option('--no-serve', 'end when the table is printed')
  .action(async (options) => (await import('./demo.js')).demo(options));

endWithReader();
program.parseAsync().catch(failWith);
