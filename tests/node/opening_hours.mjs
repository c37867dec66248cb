// Verdicts of the npm package opening_hours (LGPL-3.0-only: it is run here, and no part of it is in this project).
// Run: TZ=UTC node opening_hours.mjs NODE_MODULES <questions
// The first line printed is the package's version. Then each line `hours<TAB>seconds,seconds,...` of the input (Unix
// seconds, meant as a wall clock) is answered by as many 1 (open) and 0, or by `! ` and why the hours cannot be read.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const home = join(resolve(process.argv[2]), "opening_hours");
const loaded = createRequire(import.meta.url)(home);
const OpeningHours = loaded.default ?? loaded;
const lines = [JSON.parse(readFileSync(join(home, "package.json"), "utf8")).version];
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [hours, moments] = line.split("\t");
  try {
    const known = new OpeningHours(hours, null);
    const open = (seconds) => (known.getState(new Date(Number(seconds) * 1000)) ? "1" : "0");
    lines.push(moments.split(",").map(open).join(""));
  } catch (error) {
    lines.push("! " + String(error).replaceAll("\n", " "));
  }
}
process.stdout.write(lines.join("\n") + "\n");
