// Writes where fuzz targets begin, from the cases of the tests: the lines of each format, queries with an entry. `make fuzz` calls it:
// node fuzz/seeds.mjs FOLDER
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// A query and an entry are read from bytes that end with the length of the query, as long as they are few.
const PAIR_BYTES = 256;

const [folder] = process.argv.slice(2);
const cases = (name) => {
  const read = (file) => JSON.parse(readFileSync(join("tests", name, file), "utf8"));
  return readdirSync(join("tests", name)).filter((file) => file.endsWith(".json")).map(read);
};
const write = (target, seeds) => {
  mkdirSync(join(folder, target), { recursive: true });
  seeds.forEach((seed, number) => writeFileSync(join(folder, target, `${number}`), seed));
};

write("formats", cases("formats").flat().filter(({ lines }) => lines).map(({ lines }) => `${lines.join("\n")}\n`));

const pairs = cases("queries").flatMap((file) => {
  const entries = file.entries ?? [{ raw: "" }];
  return (file.cases ?? file).map(({ query, text }, number) => [query ?? text, entries[number % entries.length]?.raw]);
});
const bytes = ([query, raw]) => {
  const text = Buffer.from(query ?? "");
  return Buffer.concat([text, Buffer.from(raw ?? ""), Buffer.of(text.length)]);
};
write("query", pairs.map(bytes).filter((pair) => pair.length <= PAIR_BYTES));
