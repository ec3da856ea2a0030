/** Fails when a text has no translation, or the catalogs are not what the sources say. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const FOLDERS = ["app", "tracking", "accounting", "analytics", "accounts"];
const files = FOLDERS.flatMap((folder) =>
  ["en", "ru"].map((language) => `src/${folder}/texts/${language}.po`),
);
const read = () => files.map((file) => readFileSync(file, "utf8"));

const before = read();
execFileSync("lingui", ["extract", "--clean"], { stdio: "ignore" });
files.forEach((file, index) => {
  const now = readFileSync(file, "utf8");
  if (now !== before[index]) fail(`${file} was not current; it is now`);
  const missing = now
    .split("\n\n")
    .filter((entry) => /^msgid ".+"$/m.test(entry) && /^msgstr ""$/m.test(entry));
  for (const entry of missing)
    fail(`${file}: no translation of ${/^msgid (.*)$/m.exec(entry)?.[1] ?? entry}`);
});

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}
