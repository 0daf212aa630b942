import { knownMachines, knownPeople, knownReaders } from './known-machines.js';
import { isWithin, type Network, readAddress, readNetwork } from './network.js';

/**
 * By what a kind of visitor is known. With names and networks, both must fit. A name is a part of the user agent in
 * whatever capitals, `^` before it stands for the beginning and `=` for the whole.
 */
export type VisitorRule = {
  readonly name: string;
  readonly agents?: readonly string[] | undefined;
  /** `192.0.2.0/24`, `2001:db8::/32`. */
  readonly networks?: readonly string[] | undefined;
  /** Where the fact is told. */
  readonly source: string;
};

/** A machine that fetches what is in mails. */
export type MachineRule = VisitorRule & {
  /** Only what it opens, or only what it clicks, is a machine's: Outlook shows a mail to a person and asks after links by itself. */
  readonly on?: 'open' | 'click' | undefined;
  /** People are known by this too: another sign must be there. */
  readonly weight?: 'hint' | undefined;
};

/** Everything by which visitors are known, ready to be asked. */
export type Machines = {
  readonly machines: readonly Known<MachineRule>[];
  /** What carries the looks of people, who cannot be told apart behind it. */
  readonly readers: readonly Known<VisitorRule>[];
  /** Where people come from, although they look like machines. */
  readonly people: readonly Known<VisitorRule>[];
};

type Known<Rule> = { readonly rule: Rule; readonly agents: readonly Pattern[]; readonly networks: readonly Network[] };
type Pattern = { readonly text: string; readonly wanted: string; readonly at: 'anywhere' | 'start' | 'whole' };

/** What every installation knows, with what an operator adds. */
export function machinesWith({ machines = [], people = [] }: OwnRules): Machines {
  return {
    machines: [...machines, ...knownMachines].map(toKnown),
    readers: knownReaders.map(toKnown),
    people: [...people, ...knownPeople].map(toKnown),
  };
}

/** What an operator knows. */
export type OwnRules = {
  readonly machines?: readonly MachineRule[] | undefined;
  readonly people?: readonly VisitorRule[] | undefined;
};

/** The machines that are known without an operator's help. */
export const builtIn: Machines = machinesWith({});

/** Who asks, as far as rules can tell. */
export type Visitor = { readonly userAgent: string; readonly ip: string };

/** The first rule that fits, and by what, in words. */
export function knownBy<Rule extends VisitorRule>(
  { userAgent, ip }: Visitor,
  known: readonly Known<Rule>[],
): { readonly rule: Rule; readonly evidence: string } | undefined {
  const agent = userAgent.toLowerCase();
  const address = readAddress(ip);
  for (const { rule, agents, networks } of known) {
    const name = agents.find((pattern) => fits(pattern, agent));
    if (agents.length > 0 && !name) continue;
    const network = address && networks.find((one) => isWithin(address, one));
    if (networks.length > 0 && !network) continue;
    const by = [...(name ? [`it calls itself "${name.text}"`] : []), ...(network ? [`from ${network.text}`] : [])];
    return { rule, evidence: `${rule.name}: ${by.join(', ')}` };
  }
  return undefined;
}

function toKnown<Rule extends VisitorRule>(rule: Rule): Known<Rule> {
  const { agents = [], networks = [] } = rule;
  return { rule, agents: agents.map(toPattern), networks: networks.flatMap((text) => readNetwork(text) ?? []) };
}

function toPattern(written: string): Pattern {
  const at = written.startsWith('=') ? 'whole' : written.startsWith('^') ? 'start' : 'anywhere';
  const text = at === 'anywhere' ? written : written.slice(1);
  return { text, wanted: text.toLowerCase(), at };
}

function fits({ wanted, at }: Pattern, agent: string): boolean {
  if (at === 'whole') return agent === wanted;
  return at === 'start' ? agent.startsWith(wanted) : agent.includes(wanted);
}
