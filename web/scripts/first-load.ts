/**
 * How many bytes of JavaScript, in Brotli, the first view needs, and what each later part adds to them; fails
 * when the first view is over the budget.
 */
import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

interface Chunk {
  file: string;
  imports?: string[];
  isDynamicEntry?: boolean;
}

const BUDGET_KB = 225;
const FIRST = [
  "index.html",
  "src/tracking/mine/MyTasksPage.tsx",
  "src/app/texts/ru.po",
  "src/tracking/texts/ru.po",
];
const built = new URL("../../build/web/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", built), "utf8")) as Record<
  string,
  Chunk
>;

/** Adds a module's file, and those of all that it imports; returns the new ones. */
function load(name: string, files: Set<string>): string[] {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`${name} is not in Vite's manifest`);
  if (files.has(chunk.file)) return [];
  files.add(chunk.file);
  return [chunk.file, ...(chunk.imports ?? []).flatMap((each) => load(each, files))];
}

function kilobytes(files: readonly string[]): number {
  const sizes = files.map((file) => brotliCompressSync(readFileSync(new URL(file, built))).length);
  return sizes.reduce((total, size) => total + size, 0) / 1000;
}

const files = new Set<string>();
const first = kilobytes(FIRST.flatMap((name) => load(name, files)));
console.log(
  `first load: ${first.toFixed(1)} kB in ${String(files.size)} files (budget ${String(BUDGET_KB)} kB)`,
);
for (const [name, { isDynamicEntry }] of Object.entries(manifest)) {
  if (!isDynamicEntry || FIRST.includes(name) || name.endsWith(".po")) continue;
  const added = kilobytes(load(name, new Set(files)));
  console.log(`${added.toFixed(1).padStart(6)} kB more for ${name}`);
}
if (first > BUDGET_KB) process.exitCode = 1;
