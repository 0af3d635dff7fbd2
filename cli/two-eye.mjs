#!/usr/bin/env node
// What PATH finds. Plain JavaScript: a Node that cannot read TypeScript must get as far as saying which one it takes.
import '../infra/require-node-24.mjs';

const { main } = await import('./two-eye.ts');
await main();
