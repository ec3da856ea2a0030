/** How many bytes of JavaScript, in Brotli, the first view needs; fails when they are over the budget. */
import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

interface Chunk {
  file: string;
  imports?: string[];
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

const files = new Set<string>();
const visit = (name: string): void => {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`${name} is not in Vite's manifest`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  chunk.imports?.forEach(visit);
};
FIRST.forEach(visit);

const sizes = [...files].map((file) => brotliCompressSync(readFileSync(new URL(file, built))).length);
const kilobytes = sizes.reduce((total, size) => total + size, 0) / 1000;
console.log(
  `first load: ${kilobytes.toFixed(1)} kB in ${String(files.size)} files (budget ${String(BUDGET_KB)} kB)`,
);
if (kilobytes > BUDGET_KB) process.exitCode = 1;
