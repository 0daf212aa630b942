import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import { checkCondition, type Names } from './check.js';
import type { JsonPath, JsonSource } from './json-source.js';
import { valueAt } from './json-source.js';
import type { Program } from './program.js';
import type { NamedFiles } from './project-files.js';
import { conditionsOfSales, type Owner, ownerField, ownerNamed, toSales } from './sales-file.js';

/** What holds between sales.json and the rest of the project. */
export function checkSales({ sales: part }: NamedFiles, names: Names): readonly Diagnostic[] {
  if (!part?.value) return [];
  const { source, value } = part;
  const sales = toSales(value);
  return [
    ...noFieldForOwner(source, names),
    ...conditionsOfSales(sales).flatMap(({ path, condition }) => checkCondition(condition, path, source, names)),
    ...sales.rules.flatMap(({ owners }, i) => unknownOwners(owners, ['rules', i, 'owners'], source, sales.owners)),
    ...unknownOwners(sales.otherwise, ['otherwise'], source, sales.owners),
  ];
}

/** Steps that hand leads over where nobody says to whom, or to somebody whom nobody knows. */
export function checkHandOvers(program: Program, source: JsonSource, { sales }: NamedFiles): readonly Diagnostic[] {
  const steps = [...program.steps.values()].filter((step) => step.kind === 'hand-over');
  if (sales && !sales.value) return [];
  return steps.flatMap((step): readonly Diagnostic[] => {
    const path = [...step.path, 'handOver'];
    if (sales?.value) return unknownOwners(step.owners ?? [], [...path, 'owners'], source, toSales(sales.value).owners);
    const message = 'nobody says to whom leads are handed over';
    const hint = 'Write sequences/sales.json: { "owners": [{ "email": "dana@example.com", "name": "Dana Okafor" }] }.';
    return [source.problem(path, { code: 'no-owners', message, hint })];
  });
}

function noFieldForOwner(source: JsonSource, { fields }: Names): readonly Diagnostic[] {
  const type = fields?.get(ownerField);
  if (!fields || type === 'text') return [];
  const code = type ? 'wrong-type' : 'unknown-field';
  const message = type
    ? `"${ownerField}" is declared as ${type}, and an owner is an address`
    : `leads have no field "${ownerField}" in which their owner could stand`;
  const hint = `Declare it in lead.json: "${ownerField}": { "type": "text" }.`;
  return [source.problem(['owners'], { code, message, hint })];
}

function unknownOwners(
  named: readonly string[],
  path: JsonPath,
  source: JsonSource,
  owners: readonly Owner[],
): readonly Diagnostic[] {
  const known = owners.map(({ email }) => email);
  const isList = Array.isArray(valueAt(source.value, path));
  return named.flatMap((email, i) => {
    if (ownerNamed(email, owners)) return [];
    const message = `there is no owner ${quoted(email)}`;
    const problem = { code: 'unknown-owner', message, hint: didYouMean(email, known) };
    return [source.problem(isList ? [...path, i] : path, problem)];
  });
}
