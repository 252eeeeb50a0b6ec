// Reads a report of Vitest's JSON reporter: `node .ci/results.cjs counts|files|names REPORT`.
//   counts: how many tests passed and failed; files: those with a failure, relative to this folder; names: of the tests that failed.
const { readFileSync } = require('node:fs');
const { relative } = require('node:path');

const [what, path] = process.argv.slice(2);
const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(path, 'utf8'));
const failed = testResults.filter(({ status }) => status === 'failed');
const fileOf = ({ name }) => relative(process.cwd(), name);
const namesOf = (file) => {
  const tests = file.assertionResults.filter(({ status }) => status === 'failed');
  // A file that could not be loaded has none.
  return tests.length === 0 ? [fileOf(file)] : tests.map(({ fullName }) => `${fileOf(file)} > ${fullName}`);
};
const shown = {
  counts: () => [`${numPassedTests} ${numFailedTests}`],
  files: () => failed.map(fileOf),
  names: () => failed.flatMap(namesOf),
};
console.log(shown[what]().join('\n'));
