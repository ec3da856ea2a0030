/** Writes the types of the services' HTTP APIs from their committed documents; `--check` only compares. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const SERVICES = ["accounting", "analytics", "auth", "tracking"];
const HEADER = "// Made by `npm run types -w web` from the service's OpenAPI document.\n\n";
const check = process.argv.includes("--check");
const folder = new URL("../src/app/api/types/", import.meta.url);
await mkdir(folder, { recursive: true });

for (const service of SERVICES) {
  const document = new URL(`../../functions/${service}/openapi.json`, import.meta.url);
  const made = HEADER + astToString(await openapiTS(document, { alphabetize: true }));
  const path = new URL(`${service}.d.ts`, folder);
  if (!check) await writeFile(path, made);
  else if ((await readFile(path, "utf8").catch(() => "")) !== made) {
    console.error(`src/app/api/types/${service}.d.ts is not current: npm run types -w web`);
    process.exitCode = 1;
  }
}
