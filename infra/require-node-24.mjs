// Preloaded by the scripts of package.json. Plain JavaScript of any age, since an old Node must be able to say so.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `two-eye runs on Node 24 or newer, the Lambda runtime's; this is Node ${process.versions.node}.\n` +
      'It comes with the project: run `npm ci` without --ignore-scripts, then start through npm (`npm start`, `npm test`).',
  );
  process.exit(1);
}
