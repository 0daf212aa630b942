import { expect, test } from '@jest/globals';
import { knownBy } from '../src/event/machine-rule.js';
import { readProject } from '../src/sequence/project.js';
import { readProjectFolder } from '../src/project-folder.js';
import { aProjectFolder } from './support.js';

/** A project with this `machines.json`, whose content begins on line 2. */
async function withMachines(inside: string) {
  const folder = await aProjectFolder({ 'sequences/machines.json': `{\n${inside}\n}` });
  const { project, diagnostics } = await readProject(await readProjectFolder(folder));
  const told = diagnostics.map(({ file, line, column, code, message, hint }) =>
    `${file.split('/').at(-1)}:${line}:${column} ${code}: ${message}. ${hint}`.trim(),
  );
  return { project, told };
}

const guard = '"name": "Acme Guard", "source": "https://acme.example.com"';

test('adds machines before those that everybody knows, and people', async () => {
  const { project, told } = await withMachines(
    `"machines": [{ ${guard}, "agents": ["HeadlessChrome"] }],
     "people": [{ "name": "our isolation", "networks": ["2001:db8:40::/48"], "source": "network team" }]`,
  );
  expect(told).toEqual([]);
  const chrome = { userAgent: 'Mozilla/5.0 HeadlessChrome/126.0', ip: '2001:db8:40::7' };
  expect(project && knownBy(chrome, project.machines.machines)?.rule.name).toBe('Acme Guard');
  expect(project && knownBy(chrome, project.machines.people)?.rule.name).toBe('our isolation');
});

test('may be left out: then there are those that everybody knows', async () => {
  const { project } = await readProject(await readProjectFolder(await aProjectFolder()));
  const slack = { userAgent: 'Slackbot 1.0', ip: '' };
  expect(project && knownBy(slack, project.machines.machines)?.rule.name).toBe('Slack');
});

test.each([
  [
    `"machines": [{ ${guard} }]`,
    'machines.json:2:14 wrong-value: nothing says by what it is known. Give it "agents", "networks" or both; with both, both must fit.',
  ],
  [
    `"machines": [{ ${guard}, "networks": ["192.0.2.1/24"] }]`,
    'machines.json:2:89 wrong-value: this is not a network. Write for example "192.0.2.0/24" or "2001:db8:40::/48", without bits behind the prefix.',
  ],
  [
    `"machines": [{ ${guard}, "agents": ["^ab"] }]`,
    'machines.json:2:87 wrong-value: this would be in too many names. Write at least three letters of the user agent.',
  ],
  [
    `"machines": [{ ${guard}, "agents": ["Acme"], "on": "clicks" }]`,
    'machines.json:2:102 wrong-value: on cannot be "clicks". Did you mean "click"?',
  ],
  [
    `"machines": [{ "name": "Acme", "agents": ["Acme"] }]`,
    'machines.json:2:14 missing-key: the key "source" is missing. Add it.',
  ],
  [
    `"people": [{ ${guard}, "agents": ["Acme"], "weight": "hint" }]`,
    'machines.json:2:94 unknown-key: unknown key "weight". Use one of: name, agents, networks, source.',
  ],
  ['"machines": []', 'machines.json:2:13 wrong-value: machines is an empty list. Name at least one.'],
])('a mistake is told with its place and mend: %s', async (inside, expected) => {
  expect((await withMachines(inside)).told).toEqual([expected]);
});
