// webhooks.mjs MODULES REQUEST... : reads requests as a receiver does, with the npm packages `cloudevents` and
// `standardwebhooks`. A request is a JSON file as for tests/python/standard_webhooks.py.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(join(modules, 'here.js'));
const { HTTP } = require('cloudevents');
const { Webhook } = require('standardwebhooks');

for (const file of files) {
  const { headers, body: encoded, secrets, source } = JSON.parse(readFileSync(file, 'utf8'));
  const body = Buffer.from(encoded, 'base64').toString('utf8');
  for (const secret of secrets) new Webhook(secret).verify(body, headers);
  const event = HTTP.toEvent({ headers, body });
  event.validate();
  const wanted = { specversion: '1.0', id: headers['webhook-id'], source, type: 'afterhours.sign_in' };
  for (const [name, value] of Object.entries(wanted)) {
    if (event[name] !== value) throw new Error(`${file}: ${name} is ${event[name]}, not ${value}`);
  }
  if (event.data.key !== event.id || event.data.test !== true) throw new Error(`${file}: data ${JSON.stringify(event.data)}`);
  if (Number.isNaN(Date.parse(event.time))) throw new Error(`${file}: time ${event.time}`);
}
console.log(`${files.length} events read`);
