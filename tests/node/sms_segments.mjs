// How long text messages are, by Twilio's npm package sms-segments-calculator (MIT).
// Run: node sms_segments.mjs NODE_MODULES <texts.json
// A JSON list of texts is answered by a list of {encoding, segments, septets}. Exit status 77: the package is not there.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

let SegmentedMessage;
try {
  const home = join(resolve(process.argv[2]), "sms-segments-calculator");
  ({ SegmentedMessage } = createRequire(import.meta.url)(home));
} catch (error) {
  process.stderr.write(`sms-segments-calculator: ${String(error).split("\n")[0]}\n`);
  process.exit(77);
}
const measured = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  const message = new SegmentedMessage(text);
  return { encoding: message.encodingName, segments: message.segmentsCount, septets: message.messageSize / 7 };
});
process.stdout.write(JSON.stringify(measured));
