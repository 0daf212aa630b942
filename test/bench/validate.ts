import { readProjectFolder } from '../../src/project-folder.js';
import { readProject } from '../../src/sequence/project.js';
import { type ProjectFiles, sequenceFiles } from '../../src/sequence/project-files.js';

// How long it takes to check a thousand sequence files, against only parsing their JSON and against the shipped project
// alone: all in one run, so that the ratios mean something on a noisy machine. Run by "npm run bench:validate".

const wanted = 1000;
const rounds = 3;

const shipped = await readProjectFolder('.');
const many = multiplied(shipped);
const texts = [...many.sequences.values()].map(({ text }) => text);

const parsing: number[] = [];
const few: number[] = [];
const thousand: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  parsing.push(await seconds(async () => texts.forEach((text) => void JSON.parse(text))));
  few.push(await seconds(() => checked(shipped)));
  thousand.push(await seconds(() => checked(many)));
}
const [first = 0] = thousand;
console.log(`${sequenceFiles(many).length} sequence files, ${many.templates.size} templates, ${rounds} rounds`);
console.log(`first reading ${first.toFixed(2)} s, median ${median(thousand).toFixed(2)} s`);
console.log(`÷ JSON.parse of the same texts: ${(median(thousand) / median(parsing)).toFixed(0)}`);
console.log(`÷ the shipped project alone: ${(median(thousand) / median(few)).toFixed(1)}`);

/** The shipped sequences again and again, under other names, with no trigger that a copy would share in a circle. */
function multiplied(files: ProjectFiles): ProjectFiles {
  const own = sequenceFiles(files);
  const copies = Array.from({ length: wanted - own.length }, (_, i) => {
    const { text = '', file = '' } = own[i % own.length] ?? {};
    const name = file.replace(/^.*\//, '').replace(/\.json$/, `-${i}.json`);
    return [name, { file: `sequences/${name}`, text }] as const;
  });
  return { ...files, sequences: new Map([...files.sequences, ...copies]) };
}

async function checked(files: ProjectFiles): Promise<void> {
  const { project, diagnostics } = await readProject(files);
  if (!project) throw new Error(`the files have mistakes: ${JSON.stringify(diagnostics.slice(0, 3))}`);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
