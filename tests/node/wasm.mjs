// Calls the module for Fluent Bit as its host does, on each line of a file, and writes an answer a line; an empty one is NULL.
// Run: node wasm.mjs MODULE FUNCTION FOLDER RECORDS
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const [path, name, folder, records] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [], env: {}, preopens: { [folder]: folder } });
const module = await WebAssembly.compile(readFileSync(path));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
wasi.initialize(instance);
const { memory, malloc, free, [name]: judge } = instance.exports;

// A copy in the module's memory, with a NUL behind it.
const copied = (bytes) => {
  const at = malloc(bytes.length + 1);
  const place = new Uint8Array(memory.buffer, at, bytes.length + 1);
  place.set(bytes);
  place[bytes.length] = 0;
  return at;
};

const answers = readFileSync(records, "utf8").split("\n").map((line) => {
  const [tag, record] = [Buffer.from("cloudtrail"), Buffer.from(line)];
  const [tagAt, at] = [copied(tag), copied(record)];
  const answer = judge(tagAt, tag.length, 1795435200, 0, at, record.length);
  const bytes = Buffer.from(memory.buffer);
  const text = answer === 0 ? "" : bytes.toString("utf8", answer, bytes.indexOf(0, answer));
  free(tagAt);
  free(at);
  return text;
});
process.stdout.write(answers.join("\n") + "\n");
