import type * as z from 'zod';
import { readNetwork } from '../event/network.js';
import { list, oneOf, onlyIfSound, schemaKey, strict, text } from '../schema.js';

const agents = list(
  'agents',
  text('a user agent', 400).refine((written) => /^[=^]?[^=^]{3}/.test(written), {
    error: 'this would be in too many names\nWrite at least three letters of the user agent.',
  }),
)
  .max(100, { error: 'agents has more than 100 names' })
  .optional()
  .meta({
    description:
      'Parts of the user agent, in whatever capitals; "^" before one stands for the beginning, "=" for the whole.',
    examples: [['AcmeGuard/', '^acme-scanner', '=Mozilla/5.0 (Acme)']],
  });

const Network = text('a network', 60).refine((written) => readNetwork(written) !== undefined, {
  error:
    'this is not a network\nWrite for example "192.0.2.0/24" or "2001:db8:40::/48", without bits behind the prefix.',
});

const networks = list('networks', Network)
  .max(1000, { error: 'networks has more than 1000 networks' })
  .optional()
  .meta({ description: 'Networks that it comes from.', examples: [['192.0.2.0/24', '2001:db8:40::/48']] });

const visitor = {
  name: text('name', 80).meta({ description: 'What the timeline calls it.', examples: ['Acme Mail Guard'] }),
  agents,
  networks,
  source: text('source', 500).meta({
    description: 'Where the fact is told, or who saw it when.',
    examples: ['https://acme.example.com/mail-guard/addresses'],
  }),
};

/** Without either it would be everybody. */
function knownBySomething(
  { agents: names, networks: from }: { agents?: unknown; networks?: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (names !== undefined || from !== undefined) return;
  const message = 'nothing says by what it is known\nGive it "agents", "networks" or both; with both, both must fit.';
  context.addIssue({ code: 'custom', message });
}

const MachineFile = strict({
  ...visitor,
  on: oneOf('on', ['open', 'click'])
    .optional()
    .meta({ description: 'Only what it opens, or only what it clicks, is a machine’s.', examples: ['click'] }),
  weight: oneOf('weight', ['hint'])
    .optional()
    .meta({ description: '"hint": people are known by this too, so another sign must be there.', examples: ['hint'] }),
}).superRefine(knownBySomething, onlyIfSound);

const PeopleFile = strict(visitor).superRefine(knownBySomething, onlyIfSound);

/** `sequences/machines.json`: what opens and clicks besides people, beyond what Rivulet knows, and where people come from. */
export const MachinesFile = strict({
  $schema: schemaKey('./schema/machines.schema.json'),
  machines: list('machines', MachineFile)
    .max(500, { error: 'machines has more than 500 rules' })
    .optional()
    .meta({
      description: 'Machines that Rivulet does not know yet. They come before those that it knows.',
      examples: [
        [
          {
            name: 'Acme Mail Guard',
            networks: ['192.0.2.0/24'],
            source: 'https://acme.example.com/mail-guard/addresses',
          },
        ],
      ],
    }),
  people: list('people', PeopleFile)
    .max(500, { error: 'people has more than 500 rules' })
    .optional()
    .meta({
      description: 'Where people come from, although a rule takes them for a machine.',
      examples: [
        [{ name: 'our browser isolation', networks: ['198.51.100.0/24'], source: 'network team, 2026-03-02' }],
      ],
    }),
});
