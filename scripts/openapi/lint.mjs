// Redocly's recommended rules over one OpenAPI document; exits 1 if anything breaks one of them.
// usage: node lint.mjs openapi.json
import { createConfig, formatProblems, getTotals, lint } from '@redocly/openapi-core';

const config = await createConfig({
  extends: ['recommended'],
  rules: {
    'info-license': 'off', // the licence is that of the server, not of its interface
    'operation-4xx-response': 'off', // "default" describes them where a route has none of its own
    'no-unused-components': 'off', // the data of events: OpenAPI 3.1 cannot refer to them from text/event-stream
    'no-invalid-media-type-examples': 'error',
    'no-invalid-schema-examples': 'error',
    'no-invalid-parameter-examples': 'error',
  },
});
const problems = await lint({ ref: process.argv[2], config });
const totals = getTotals(problems);
formatProblems(problems, { format: 'codeframe', totals, version: 'recommended', color: false });
console.log(`${totals.errors} errors, ${totals.warnings} warnings`);
process.exit(totals.errors + totals.warnings > 0 ? 1 : 0);
